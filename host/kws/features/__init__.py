# SPDX-License-Identifier: Apache-2.0
"""Features of audio clips, computed by the firmware's own C front end."""

from kws.features.cache import cached_features
from kws.features.frontend import FrontEnd
from kws.features.parallel import compute
from kws.features.quantization import quantize
from kws_codegen.frontend.feature_quantize import quantization_constants

__all__ = ["FrontEnd", "cached_features", "compute", "quantization_constants", "quantize"]
