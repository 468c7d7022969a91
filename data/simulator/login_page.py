"""The login dialog of the exchange: a page that asks for a yes, and no password."""

from html import escape
from urllib.parse import urlencode

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in · simulated exchange</title>
<style>
 :root {{ color-scheme: light dark }}
 body {{ font: 15px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
   place-items: center; background: light-dark(#f4f5f7, #12151a);
   color: light-dark(#1c2128, #d7dce3) }}
 main {{ width: min(24rem, 90vw); padding: 2rem; border-radius: 10px;
   background: light-dark(#fff, #1b2027); box-shadow: 0 1px 12px #0003 }}
 h1 {{ font-size: 1.15rem; margin: 0 0 .75rem }} p {{ margin: 0 0 1rem }}
 dt {{ font-size: .8rem; opacity: .7 }} dd {{ margin: 0 0 .75rem; overflow-wrap: anywhere }}
 button {{ font: inherit; padding: .5rem 1.25rem; border: 0; border-radius: 6px; cursor: pointer;
   background: #2f6feb; color: #fff; margin-right: .75rem }}
 button:focus-visible, a:focus-visible {{ outline: 2px solid #2f6feb; outline-offset: 2px }}
 a {{ color: inherit }}
</style></head>
<body><main>
<h1>Let this program in?</h1>
<p>This is the simulated exchange, not the broker: no password is asked and no real money moves.</p>
<dl><dt>Program (API key)</dt><dd>{client}</dd><dt>Goes back to</dt><dd>{redirect}</dd></dl>
<form method="post" action="?{query}"><button type="submit" autofocus>Approve</button>
<a href="{refusal}">Cancel</a></form>
</main></body></html>"""


def login_page(client_id: str, redirect_uri: str, state: str) -> str:
    query = urlencode(
        {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "state": state,
        }
    )
    refusal = with_query(redirect_uri, {"error": "access_denied", "state": state})
    return PAGE.format(
        client=escape(client_id),
        redirect=escape(redirect_uri),
        query=escape(query),
        refusal=escape(refusal),
    )


def with_query(uri: str, values: dict[str, str]) -> str:
    """`uri` with more query values, empty ones left out."""
    joint = "&" if "?" in uri else "?"
    return uri + joint + urlencode({name: value for name, value in values.items() if value})
