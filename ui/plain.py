"""A page of plain HTML in the desk's colours, for what must work without a socket."""

import html
from typing import Final

STYLE: Final = """
:root{color-scheme:dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#07090d;color:#d6dde8;
font:13px/1.5 Inter,system-ui,sans-serif}
main{width:min(420px,calc(100vw - 32px));box-sizing:border-box;background:#0d1117;
border:1px solid #212b3a;border-radius:8px;padding:24px}
h1{font-size:15px;margin:0 0 14px}p{margin:12px 0 0;color:#8b97a8}a{color:#4c9aff}
.bad{color:#f6465d;margin:0 0 12px}.good{color:#2ebd85}
form{display:grid;gap:8px}label{font-size:11px;font-weight:600;color:#8b97a8}
input{font:inherit;padding:8px 10px;background:#131924;color:inherit;border:1px solid #212b3a;
border-radius:5px}
:focus-visible{outline:2px solid #4c9aff;outline-offset:1px}
button{font:inherit;font-weight:600;padding:9px;border:0;border-radius:5px;background:#1d6fe0;
color:#fff;cursor:pointer}
code{font:12px ui-monospace,monospace;color:#d6dde8}
"""


def plain_page(title: str, body: str, *, then: str = "", seconds: int = 0) -> str:
    """`body` is HTML that the caller has escaped; `then` is an address of ours to go on to."""
    onward = (
        f'<meta http-equiv="refresh" content="{seconds};url={html.escape(then)}">' if then else ""
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{onward}<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
