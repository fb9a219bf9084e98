"""One service in a process of its own: `python -m deploy.local.one sales`.

Settings come from MAILUO_* variables (shared/settings.py); this is also what an image runs.
`--home=…` is not read: it marks the process as belonging to that home.
"""

import argparse
import os

import uvicorn

from deploy.local.assemble import build
from deploy.local.garbage import collector_rests
from shared.settings import SERVICES, ServiceSettings


def main() -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--home", default="")
    service = str(parser.parse_args().service)
    os.environ["MAILUO_CONTEXT"] = service
    settings = ServiceSettings()  # pyright: ignore[reportCallIssue] - from the environment
    with collector_rests():
        app = build(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
