# SPDX-License-Identifier: Apache-2.0
"""The steps of a run folder in order: data, train, quantize, generate, build, evaluate.

Each method makes one step up to date, or says that it is unchanged. A step's inputs are the
parts of the configuration it reads and the files of the step before it (kws.run.inputs), so that a
change runs exactly the steps that depend on it.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kws.config.run_config import load_run_config, save_run_config, with_absolute_paths
from kws.config.schema import Config, Optimise
from kws.data import Dataset, deal_folds, for_few_clips, load_dataset, prepare
from kws.evaluate.clips import load_model
from kws.evaluate.evaluation import evaluate
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.report import EvaluationReport, load_report
from kws.evaluate.report_files import REPORT, report_path, write_report
from kws.firmware.boards import find_board
from kws.firmware.budget import check_build
from kws.firmware.cmake import build_firmware, build_name
from kws.firmware.runtime import ModelRuntime, check_runtime
from kws.firmware.size import link_map
from kws.run import lock
from kws.run.inputs import (
    build_inputs,
    data_inputs,
    evaluate_inputs,
    fold_inputs,
    generate_inputs,
    quantize_inputs,
    train_inputs,
)
from kws.run.paths import RunPaths
from kws.run.preflight import check_fit
from kws.run.steps import Steps
from kws.streams.choosing import choose_thresholds
from kws.streams.evaluation import evaluate_streams
from kws.streams.report import StreamReport, load_stream_report
from kws.streams.report_files import write_stream_report
from kws.streams.sources import StreamOptions
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import MANIFEST, Manifest

if TYPE_CHECKING:
    from kws.quantize import CrossValidation


class Pipeline:
    """The steps of one run folder.

    Attributes:
        run: the files of the folder.
        config: its configuration, equal to config.toml.
    """

    def __init__(self, run: RunPaths, config: Config, force: bool) -> None:
        self.run = run
        self.config = config
        self._force = force
        self._steps = Steps(run, force)
        self._built: set[Path] = set()

    @classmethod
    def create(cls, root: Path, config: Config, force: bool = False) -> "Pipeline":
        """Take a new folder or that of an earlier run; the data step writes its config.toml.

        Raises KwsError when `root` holds something else than a run.
        """
        run = RunPaths(root)
        if root.exists() and not run.config.is_file() and (root.is_file() or _has_files(root)):
            raise KwsError(
                f"{root} exists and is not a run folder",
                "Name a new folder, or one that an earlier `kws run` made.",
            )
        return cls(run, config, force)

    @classmethod
    def open(cls, root: Path, force: bool = False) -> "Pipeline":
        """Take an existing run folder. Raises KwsError when it is none."""
        run = RunPaths(root)
        if not run.config.is_file():
            raise KwsError(
                f"{root} is not a run folder: it has no config.toml",
                "Make one with: kws run --config configs/default.toml --data DIR --out RUN",
            )
        return cls(run, load_run_config(run.config), force)

    def dataset(self) -> Dataset:
        """What the data step listed. KwsError when it has not run, or for other labels."""
        dataset = load_dataset(self.run.dataset)
        if dataset.labels != self.config.data.labels:
            raise KwsError(
                f"{self.run.dataset} lists clips of {', '.join(dataset.labels)}, and the "
                f"configuration has {', '.join(self.config.data.labels)}",
                "Run the data step again (`kws data prepare`, or `kws run`).",
            )
        return dataset

    def data(self, data_dir: Path) -> None:
        """List, label and split the recordings of `data_dir` into dataset.json.

        Only then is the configuration written, with what few clips change in it: a run folder is
        not changed by a configuration that does not fit the recordings. KwsError before they are
        read when there is no start of its name.
        """
        from kws.train.start import start_hash

        self.config = config = with_absolute_paths(self.config)
        start_hash(config)  # KwsError now, not when training begins
        inputs = data_inputs(config, data_dir)

        def action() -> None:
            prepare(config, data_dir, self.run)

        self._steps.run("data", inputs, action, lambda: [self.run.dataset])
        self.config = config = for_few_clips(config, self.dataset())
        save_run_config(config, self.run.config)

    def check_fit(self, board: str) -> None:
        """KwsError when the network does not fit the board; not asked again once it is trained."""
        if not self._steps.is_done("train", train_inputs(self.config, self.run)):
            check_fit(self.config, find_board(board))

    def train(self) -> None:
        """Train into model.keras, going on from a checkpoint of the same inputs."""
        from kws.train import train

        dataset = self.dataset()
        self._steps.run(
            "train",
            train_inputs(self.config, self.run),
            lambda: train(self.config, dataset, self.run),
            lambda: [self.run.keras_model],
        )

    def quantize(self, model: Path | None = None, labels: tuple[str, ...] = ()) -> None:
        """Quantize model.keras into model.tflite; float and int8 accuracy in quantization.json.

        `model` is a .tflite to take instead, which kws need not have trained; `labels` are the
        classes in the order of its outputs, where that is not the run's (they go into the
        configuration).
        """
        from kws.quantize import adopt_model, check_interface, quantize
        from kws.train import load_result

        source = model or self.run.keras_model
        self._set_output_labels(labels)
        if model is None:
            self._require(source, "kws train")
            trained_for = load_result(self.run).interface
            check_interface(trained_for, self.config, source.name, self.run)
        elif not model.is_file():
            raise KwsError(f"no model file {model}", "Give --model the path of a .tflite file.")
        dataset = self.dataset()
        inputs = quantize_inputs(self.config, self.run, source)

        def action() -> None:
            if model is None:
                quantize(self.config, dataset, self.run)
            else:
                adopt_model(model, self.config, dataset, self.run)

        outputs = [self.run.tflite_model, self.run.quantization]
        self._steps.run("quantize", inputs, action, lambda: outputs)

    def cross_validate(self, count: int) -> "CrossValidation":
        """Judge every recording by a model that was trained without it: `count` more trainings.

        Each fold is a step, and goes on from its checkpoint. The model of the run stays.
        """
        from kws.quantize import fold_paths, judge_fold, pool_folds

        dataset = self.dataset()
        folds = deal_folds(dataset, count)
        inputs = fold_inputs(self.config, self.run, count)
        paths = fold_paths(self.run, count)
        for index, path in enumerate(paths):
            self._steps.run(
                f"fold {index + 1} of {count}",
                inputs,
                partial(judge_fold, self.config, dataset, folds, index, path),
                partial(list, [path]),
            )
        return pool_folds(self.config, folds, paths, self.run)

    def generate(self) -> None:
        """Generate the C files of model.tflite into generated/.

        KwsError when that is not the model of this configuration.
        """
        from kws.quantize import current_model
        from kws_codegen.generate import generate

        model = current_model(self.run, self.config)
        inputs = generate_inputs(self.config, self.run)
        out_dir = self.run.generated

        def outputs() -> list[Path]:
            return [path for path in out_dir.iterdir() if path.is_file()]

        def action() -> None:
            command, config = "kws generate --run RUN", self.config
            generate(
                config.interface,
                model,
                out_dir,
                command,
                config.detect,
                config.firmware.activations,
            )

        self._steps.run("generate", inputs, action, outputs)

    def check_code(self) -> None:
        """KwsError unless generated/ was made from this run's model and configuration."""
        self._current_code()

    def _current_code(self) -> Manifest:
        from kws.quantize import current_code

        self._require(self.run.generated / MANIFEST, "kws generate")
        return current_code(self.run, self.config)

    def build(
        self,
        board: str = "host",
        runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
        optimise: Optimise | None = None,
        sanitize: bool = False,
    ) -> Path:
        """As firmware(). KwsError with a table when it costs more than [budget] allows."""
        firmware = self.firmware(board, runtime, optimise, sanitize=sanitize)
        check_build(self.config.budget, find_board(board), firmware)
        return firmware

    def firmware(
        self,
        board: str = "host",
        runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
        optimise: Optimise | None = None,
        profile: bool = False,
        sanitize: bool = False,
    ) -> Path:
        """Build the firmware of `board` from generated/; returns the firmware file.

        `optimise` None: as the configuration says. The others as build_firmware().
        """
        check_runtime(self._current_code(), runtime)
        target, aim = find_board(board), optimise or self.config.firmware.optimise
        name = build_name(board, runtime, aim, profile, sanitize)
        firmware = self.run.build(name) / target.firmware_file
        if firmware in self._built:  # a moment ago
            return firmware
        inputs = build_inputs(self.run, runtime)

        def action() -> None:
            generated, folder = self.run.generated, firmware.parent
            build_firmware(generated, folder, board, sanitize, runtime, profile, aim)

        def outputs() -> list[Path]:
            return [firmware] if target.flash_bytes is None else [firmware, link_map(firmware)]

        # A library in TFLM_ROOT can change behind our back: CMake looks.
        outside = runtime.name != "static"
        self._steps.run(f"build {name}", inputs, action, outputs, always=outside)
        self._built.add(firmware)
        return firmware

    def evaluate(
        self, options: EvaluationOptions, out: Path | None = None
    ) -> tuple[EvaluationReport, Path]:
        """Evaluate on `options.board` or at `options.ports`; the report and its file.

        It goes into a new folder of `out`, by default of evaluation/. An evaluation that passed
        and whose inputs and options are unchanged is not run again: its report is read. That of a
        device at a port, which is not ours, and one that writes a trace are always run.
        """
        load_model(self.run)  # says what is missing before anything is built
        folder = out or self.run.evaluation
        if options.ports:
            path = self._measure(options, None, folder)[1]
            return load_report(path), path
        firmware = self.firmware(options.board, options.runtime, options.optimise, options.profile)
        name = f"evaluate {firmware.parent.name}"
        if out is not None:
            name += f" into {out.resolve()}"
        written: list[Path] = []

        def action() -> bool:
            passed, path = self._measure(options, firmware, folder)
            written.append(path)
            return passed

        def outputs() -> list[Path]:
            newest = report_path(folder, load_report(written[0]).target)
            return [*written[0].parent.iterdir(), newest]

        recordings = options.data or Path(self.dataset().root)
        inputs = evaluate_inputs(self.config, self.run, options, firmware, recordings)
        self._steps.run(name, inputs, action, outputs, always=options.trace is not None)
        if not written:
            written = [path for path in self._steps.outputs(name) if path.name == REPORT]
        return load_report(written[0]), written[0]

    def _measure(
        self, options: EvaluationOptions, firmware: Path | None, folder: Path
    ) -> tuple[bool, Path]:
        """Evaluate into `folder`; whether it passed, and its file."""
        evaluation = evaluate(self.run, options, firmware, folder, self._force)
        path = write_report(evaluation, folder)
        evaluation.finish()
        return evaluation.passed, path

    def choose_thresholds(self, options: StreamOptions, per_hour: float) -> str:
        """Set [detect] thresholds for at most `per_hour` false accepts on streams of the validation
        split; how they were chosen, in words.

        They are written into config.toml. KwsError when the rate cannot be kept to.
        """
        config, words = choose_thresholds(self.run, options, per_hour)
        self.config = config
        save_run_config(config, self.run.config)
        return words

    def evaluate_streams(
        self, options: StreamOptions, chosen: str = ""
    ) -> tuple[StreamReport, Path]:
        """Let `options.board`, or the device at `options.port`, listen; the report and its file.

        It goes into a new folder of streams/. `chosen`: as evaluate_streams() of kws.streams.
        """
        load_model(self.run)
        firmware = None
        if options.on_device and options.port is None:
            self.generate()
            firmware = self.firmware(options.board, options.runtime, options.optimise)
        path = write_stream_report(
            evaluate_streams(self.run, options, firmware, chosen), self.run.streams
        )
        return load_stream_report(path), path

    def _set_output_labels(self, labels: tuple[str, ...]) -> None:
        """Into config.toml; none for a model that kws trained, whose outputs are the classes."""
        quantization = replace(self.config.quantization, output_labels=labels)
        config = replace(self.config, quantization=quantization)
        if config != self.config:
            self.config = config
            save_run_config(config, self.run.config)

    def _require(self, path: Path, command: str) -> None:
        if not path.is_file():
            raise KwsError(
                f"{path} is not there yet", f"Run `{command} --run {self.run.root}` first."
            )


def _has_files(root: Path) -> bool:
    """Whether there is more in it than what a run that did not get far has."""
    own = (lock.FOLDER, RunPaths(root).wake.name)
    return any(path.name not in own for path in root.iterdir())
