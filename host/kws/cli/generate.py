"""`kws generate`: the C files of a model."""

from kws.cli.options import ForceOption, RunOption
from kws.console import console
from kws.pipeline import Pipeline


def generate(run: RunOption, force: ForceOption = False) -> None:
    """Generate C: the model, its tables, the static model.

    Example: kws generate --run runs/demo
    """
    pipeline = Pipeline.open(run, force)
    pipeline.generate()
    console.print(f"generated code: {pipeline.run.generated}", soft_wrap=True)
