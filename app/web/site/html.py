"""Small HTML pages: one frame, no scripts, nothing from other hosts."""

from html import escape

from starlette.responses import HTMLResponse

from app.web.middleware.security_headers import PAGE_POLICY

PAGE_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "cache-control": "no-cache",
    "vary": "Accept",
}


def render_page(title: str, main: str) -> HTMLResponse:
    """Return a page; `main` is markup, `title` is text."""
    return HTMLResponse(
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · Annals</title>\n"
        '<link rel="stylesheet" href="/assets/pages.css">\n</head>\n'
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{main}\n</main>\n</body>\n</html>\n",
        headers=PAGE_HEADERS,
    )


def render_link(address: str, text: str) -> str:
    """Return the markup of a link."""
    return f'<a href="{escape(address)}">{escape(text)}</a>'
