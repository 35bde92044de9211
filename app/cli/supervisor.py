"""Worker processes, kept alive by one that waits for none of them and so hears every signal."""

import logging
from socket import socket
from time import monotonic, sleep

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from app.web.connections import LimitedConfig, LimitedServer

AFTER_GRACE_SECONDS = 5
"""How long a worker may take beyond the time that its requests have, before it is killed."""

_TICK_SECONDS = 0.1
_log = logging.getLogger("uvicorn.error")


class WorkerProcess(Process):
    """A worker process that is asked for signs of life without waiting for them."""

    config: LimitedConfig
    _server: LimitedServer | None

    def __init__(self, config: LimitedConfig, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.heard_at = self.told_to_end_at = monotonic()
        self.is_asked = self.is_serving = False

    def start(self) -> None:
        """Start the process; its end of the pipe is its own, so that it closes with it."""
        super().start()
        self.child_conn.close()

    @property
    def server(self) -> LimitedServer:
        """The server that the process runs; made there."""
        if self._server is None:
            self._server = LimitedServer(self.config)
        return self._server

    def silent_seconds(self) -> float:
        """Hear what it has said, ask it again, and tell for how long it has said nothing."""
        try:
            while self.parent_conn.poll():
                self.is_serving = bool(self.parent_conn.recv())
                self.heard_at, self.is_asked = monotonic(), False
            if not self.is_asked:
                self.parent_conn.send(b"ping")
                self.is_asked = True
        except (OSError, EOFError):
            pass  # That it has ended is seen from the process.
        return monotonic() - self.heard_at

    def has_ended(self, patience: float) -> bool:
        """Whether it is gone; one that has been silent for too long is killed."""
        if self.process.is_alive() and self.silent_seconds() <= patience:
            return False
        self.kill()
        self.join()
        return True

    def end(self) -> None:
        """Tell it to finish what is under way, and end."""
        self.terminate()
        self.told_to_end_at = monotonic()


class Supervisor(Multiprocess):
    """Replaces workers that end, within a second; on SIGHUP all, one after the other."""

    config: LimitedConfig

    def __init__(self, config: LimitedConfig, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self.workers: list[WorkerProcess] = []
        self.ending: list[WorkerProcess] = []
        self.outdated: list[WorkerProcess] = []
        self.successor: WorkerProcess | None = None
        self.has_served = False

    def init_processes(self) -> None:
        """Start as many as were asked for."""
        self.workers = [self._start_worker() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Look after each worker; nothing here waits."""
        patience = self.config.timeout_worker_healthcheck
        for place, worker in enumerate(self.workers):
            if not worker.has_ended(patience):
                self.has_served |= worker.is_serving
                continue
            # Later than at the first start, what keeps a worker from starting may pass.
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
        """End a worker, but for the last."""
        if len(self.workers) > 1:
            self._end(self.workers.pop())

    def terminate_all(self) -> None:
        """Tell all to end."""
        for worker in (*self.workers, *filter(None, [self.successor])):
            self._end(worker)

    def join_all(self) -> None:
        """Wait until all have ended; those that take too long are killed."""
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
