# SPDX-License-Identifier: Apache-2.0
"""The architectures there are. A new one is a module beside this and its two lines here."""

from kws.architectures.architecture import Architecture
from kws.architectures.ds_cnn import DsCnn
from kws.architectures.inverted_residuals import InvertedResiduals

DEFAULT = DsCnn
"""Of a configuration that names none."""

ARCHITECTURES: dict[str, type[Architecture]] = {
    DsCnn.architecture: DsCnn,
    InvertedResiduals.architecture: InvertedResiduals,
}
