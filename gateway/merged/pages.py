"""The few pages that the gateway itself shows."""

from html import escape

from shared.problem_routes import ProblemShown

STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: #0b6e6e; }
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 46rem;
       margin: 3rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.8rem; margin: 0; } h1 small { font-weight: 400; opacity: .65; font-size: 1rem; }
a { color: var(--accent); } ul { padding: 0; list-style: none; }
li { border-top: 1px solid var(--line); padding: .7rem 0; } li a { font-weight: 600; }
li span { display: block; opacity: .75; } dt { opacity: .65; } dd { margin: 0 0 1rem; }
code { background: #8882; padding: .1rem .35rem; border-radius: .3rem; }
"""
LINKS = (
    (
        "/docs",
        "接口文档 API documentation",
        "逐项查看并试用全部接口 · read and try every operation",
    ),
    ("/openapi.json", "OpenAPI", "机器可读的完整接口描述 · the machine-readable description"),
    ("/.well-known/jwks.json", "JWKS", "令牌签名公钥 · the keys that sign access tokens"),
    ("/health/ready", "状态 Health", "网关是否就绪 · whether the gateway is ready"),
)


def page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>{body}</html>'
    )


FRONT_PAGE = page(
    "Mailuo 脉络",
    "<h1>脉络 Mailuo <small>医疗器械企业资源计划 · ERP for medical-device makers</small></h1>"
    "<p>每一批次、每一决定、每一金额，同一条可追溯、已签名、可证明的脉络。<br>"
    "Every lot, decision and amount: one connected, signed, provable thread.</p><ul>"
    + "".join(
        f'<li><a href="{url}">{name}</a><span>{about}</span></li>' for url, name, about in LINKS
    )
    + "</ul><p>登录 · sign in: <code>POST /api/identity/tokens</code></p>",
)


def problem_page(problem: ProblemShown, language: str) -> str:
    """A kind of refusal, the reader's language first."""
    pairs = [(problem.title_zh, problem.lifted_by_zh), (problem.title_en, problem.lifted_by_en)]
    if language != "zh-CN":
        pairs.reverse()
    body = "".join(
        f"<h1>{escape(title)}</h1><dl><dd>{escape(lifted_by)}</dd></dl>"
        for title, lifted_by in pairs
    )
    about = f"<p>{escape(problem.about)}</p>" if problem.about else ""
    return page(problem.type, f"<p><code>{problem.status} {problem.type}</code></p>{body}{about}")
