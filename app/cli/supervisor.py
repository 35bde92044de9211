"""A supervisor that keeps worker processes alive, and waits for none, so as to hear all signals."""

import logging
from socket import socket
from time import monotonic, sleep

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from app.web.connections import LimitedConfig, LimitedServer

AFTER_GRACE_SECONDS = 5
"""Seconds beyond the time of its requests after which a worker is killed."""

_TICK_SECONDS = 0.1
_log = logging.getLogger("uvicorn.error")


class WorkerProcess(Process):
    """A worker process that is pinged without waiting for its answer."""

    config: LimitedConfig
    _server: LimitedServer | None

    def __init__(self, config: LimitedConfig, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.heard_at = self.told_to_end_at = monotonic()
        self.is_asked = self.is_serving = False

    def start(self) -> None:
        """Start the process, and close our copy of its end of the pipe, which ends with it."""
        super().start()
        self.child_conn.close()

    @property
    def server(self) -> LimitedServer:
        """The server that the process runs, created there."""
        if self._server is None:
            self._server = LimitedServer(self.config)
        return self._server

    def silent_seconds(self) -> float:
        """Read its answers, ping it again, and return for how long it has been silent."""
        try:
            while self.parent_conn.poll():
                self.is_serving = bool(self.parent_conn.recv())
                self.heard_at, self.is_asked = monotonic(), False
            if not self.is_asked:
                self.parent_conn.send(b"ping")
                self.is_asked = True
        except (OSError, EOFError):
            pass  # `has_ended` sees that it has ended.
        return monotonic() - self.heard_at

    def has_ended(self, patience: float) -> bool:
        """Return whether it has ended; kill it if it has been silent for too long."""
        if self.process.is_alive() and self.silent_seconds() <= patience:
            return False
        self.kill()
        self.join()
        return True

    def end(self) -> None:
        """Ask it to finish the requests under way, and end."""
        self.terminate()
        self.told_to_end_at = monotonic()


class Supervisor(Multiprocess):
    """A supervisor that replaces workers that end, within a second, and on SIGHUP all in turn."""

    config: LimitedConfig

    def __init__(self, config: LimitedConfig, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.workers: list[WorkerProcess] = []
        self.ending: list[WorkerProcess] = []
        self.outdated: list[WorkerProcess] = []
        self.successor: WorkerProcess | None = None
        self.has_served = False

    def init_processes(self) -> None:
        """Start the workers."""
        self.workers = [self._start_worker() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended, without waiting for any."""
        patience = self.config.timeout_worker_healthcheck
        for place, worker in enumerate(self.workers):
            if not worker.has_ended(patience):
                self.has_served |= worker.is_serving
                continue
            # After the first start, a failure to start may be temporary.
            if worker.exitcode == STARTUP_FAILURE and not self.has_served:
                _log.error(f"Child process [{worker.pid}] failed to start, stopping the parent.")
                self.should_exit.set()
                return
            _log.info(f"Child process [{worker.pid}] died")
            self.workers[place] = self._start_worker()
        self._replace_outdated(patience)
        self._forget_ended()

    def restart_all(self) -> None:
        """Replace each worker once its successor answers."""
        self.outdated = list(self.workers)

    def handle_ttin(self) -> None:
        """Add a worker."""
        self.workers.append(self._start_worker())

    def handle_ttou(self) -> None:
        """End a worker, except for the last one."""
        if len(self.workers) > 1:
            self._end(self.workers.pop())

    def terminate_all(self) -> None:
        """Ask all workers to end."""
        for worker in (*self.workers, *filter(None, [self.successor])):
            self._end(worker)

    def join_all(self) -> None:
        """Wait until all have ended; kill those that take too long."""
        while self.ending:
            self._forget_ended()
            sleep(_TICK_SECONDS)

    def _start_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self.config, self.sockets)
        worker.start()
        return worker

    def _end(self, worker: WorkerProcess) -> None:
        worker.end()
        self.ending.append(worker)

    def _forget_ended(self) -> None:
        grace = (self.config.timeout_graceful_shutdown or 0) + AFTER_GRACE_SECONDS
        for worker in list(self.ending):
            if worker.process.is_alive() and monotonic() - worker.told_to_end_at > grace:
                _log.error(f"Child process [{worker.pid}] did not end in time; it is killed.")
                worker.kill()
            elif not worker.process.is_alive():
                worker.join()
                self.ending.remove(worker)

    def _replace_outdated(self, patience: float) -> None:
        self.outdated = [worker for worker in self.outdated if worker in self.workers]
        if self.successor is None and self.outdated:
            self.successor = self._start_worker()
        if self.successor is None:
            return
        if self.successor.has_ended(patience):
            _log.error(f"Child process [{self.successor.pid}] did not start; the others stay.")
            self.successor, self.outdated = None, []
        elif self.successor.is_serving and self.outdated:
            old = self.outdated.pop(0)
            self.workers[self.workers.index(old)] = self.successor
            self.successor = None
            self._end(old)
        elif not self.outdated:
            self._end(self.successor)
            self.successor = None
