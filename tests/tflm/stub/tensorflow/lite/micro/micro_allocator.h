/* SPDX-License-Identifier: Apache-2.0 */
#include "tensorflow/lite/micro/micro_interpreter.h"
