# SPDX-License-Identifier: Apache-2.0
"""AdamW that also keeps an average of the weights over the last steps."""

from typing import Any

_FIRST_STEPS = 9.0  # an average over about a tenth of the steps so far


def averaging_adamw(learning_rate: float, weight_decay: float, decay: float) -> Any:
    """A Keras optimizer; `decay` of the average a step, from 0 to 1; 0: no average.

    After n steps the decay is n / (n + 9) until that is `decay`: with Keras' own, which is the same
    from the first step on, a training of 600 steps kept 55 % of its first weights at 0.999, and
    was right in 30 % where its last weights were in 75.
    """
    import keras

    class AveragingAdamW(keras.optimizers.AdamW):  # type: ignore[misc]  # keras has no types
        def _update_model_variables_moving_average(self, trainable_variables: list[Any]) -> None:
            if not self.use_ema:
                return
            steps = keras.ops.cast(self.iterations, "float32")  # before this one
            share = keras.ops.minimum(steps / (steps + _FIRST_STEPS), self.ema_momentum)
            for now, average in zip(
                trainable_variables, self._model_variables_moving_average, strict=True
            ):
                if average is not None:
                    average.assign(share * average + (1 - share) * now)

    return AveragingAdamW(
        learning_rate,
        weight_decay=weight_decay,
        use_ema=decay > 0,
        ema_momentum=decay or None,
    )
