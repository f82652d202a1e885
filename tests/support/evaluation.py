# SPDX-License-Identifier: Apache-2.0
"""An evaluation as `kws evaluate` makes it, with the answer to each clip."""

from kws.evaluate import evaluation
from kws.evaluate.evaluation import Evaluation
from kws.evaluate.options import EvaluationOptions
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline


def evaluate(run: RunPaths, options: EvaluationOptions) -> Evaluation:
    """Build the firmware unless the options name a port, then evaluate; nothing is skipped."""
    if options.ports:
        return evaluation.evaluate(run, options, None)
    firmware = Pipeline.open(run.root).firmware(
        options.board, options.runtime, options.optimise, options.profile
    )
    return evaluation.evaluate(run, options, firmware)
