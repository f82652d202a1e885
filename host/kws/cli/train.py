# SPDX-License-Identifier: Apache-2.0
"""`kws train`: model.keras from the clips of a run."""

from kws.cli.options import FoldsOption, ForceOption, RunOption
from kws.console import console, printable
from kws.metrics.confusion import confusion_view
from kws.metrics.verdict import accuracy_text
from kws.run.pipeline import Pipeline


def train(run: RunOption, folds: FoldsOption = None, force: ForceOption = False) -> None:
    """Train the network; an interrupted training goes on from its last epoch.

    History, plots and TensorBoard logs are in RUN/training.

    With --folds K, K more models are trained, each without a part of the recordings (whole
    speakers, where there are K), and judge that part. `kws evaluate` then shows the result too.

    Examples:

      kws train --run runs/demo

      kws train --run runs/demo --folds 5
    """
    from kws.train import load_result

    pipeline = Pipeline.open(run, force)
    pipeline.train()
    result = load_result(pipeline.run)
    console.print(printable(confusion_view(result.validation, console.width)), soft_wrap=True)
    console.print(
        f"validation accuracy: {accuracy_text(result.validation, 'validation')}, "
        f"with the weights of epoch {result.kept_epoch} of {result.epochs}; "
        f"{result.parameters:,} parameters",
        soft_wrap=True,
    )
    if folds:
        found = pipeline.cross_validate(folds)
        console.print(printable(confusion_view(found.metrics, console.width)), soft_wrap=True)
        console.print(found.line, soft_wrap=True)
    console.print(f"history: {pipeline.run.training / 'history.png'}", soft_wrap=True)
