# SPDX-License-Identifier: Apache-2.0
"""`kws web`: the listener in a browser of this computer."""

from pathlib import Path
from typing import Annotated

import typer

from kws.console import console
from kws.run.pipeline import Pipeline
from kws.web import serve, web_page
from kws_codegen.base.cache import scratch


def web_command(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="Run folder.", show_default=False, file_okay=False),
    ],
    http_port: Annotated[
        int, typer.Option(help="Port on this computer; 0: any that is free.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Serve the model as a page with a microphone, on this computer only, until Ctrl-C.

    The front end, the model and the detector are the firmware's C code as WebAssembly. For a
    phone, put the folder that `kws export --format web` writes on a web server with https.

    Example:

      kws web runs/demo
    """
    pipeline = Pipeline.open(run)
    pipeline.generate()
    pipeline.check_code()
    with scratch() as folder:
        page = Path(folder) / "page"
        web_page(pipeline.run, pipeline.config, page)
        server = serve(page, http_port)
        console.print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)")
        server.serve_forever()
