/* SPDX-License-Identifier: Apache-2.0 */
/* The model under TensorFlow Lite Micro: its interpreter with the generated .tflite
 * bytes, exactly the operators they need and a static arena. C++17 without exceptions and RTTI.
 *
 * Nothing is constructed before main() and nothing destroyed: the objects are placed into
 * static memory by kws_model_init(), so a port needs no C++ start-up code. */
#include <cstddef>
#include <cstdint>
#include <new>

#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"

extern "C" {
#include "model_data.h"
#include "model_info.h"
#include "op_resolver.h"
#include "runtime/model.h"
#include "runtime/whole_window.h"

#ifdef KWS_OP_HOOK
void KWS_OP_HOOK(int index, const int8_t *output, unsigned bytes);
#endif
}

/* The library's kernels, where the build knows them: "-cmsis_nn". */
#ifndef KWS_TFLM_SUFFIX
#define KWS_TFLM_SUFFIX ""
#endif

namespace tflite
{
namespace micro
{
}
} // namespace tflite

namespace
{

/* TensorFlow Lite Micro's names are in tflite, from autumn 2026 in tflite::micro. */
using namespace tflite;
using namespace tflite::micro;

using Resolver = MicroMutableOpResolver<KWS_RESOLVER_OPS>;

/* Memory for one object that is made in it later. */
template <typename T> struct Place {
    alignas(T) unsigned char bytes[sizeof(T)];
};

/* In whole steps of its alignment: the interpreter has no use for what is beyond the last. */
constexpr size_t ALIGNMENT = 16;
alignas(ALIGNMENT) uint8_t arena[(KWS_ARENA_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT];
Place<Resolver> resolver_place;
Place<MicroInterpreter> interpreter_place;
MicroInterpreter *interpreter;
bool too_small; /* the arena */
TfLiteTensor *input;
TfLiteTensor *output;

#ifdef KWS_OP_HOOK
/* Tells the hook of each finished operator, as the static model does. The interpreter does not
 * say where the output lies. */
class OperatorEvents final : public MicroProfilerInterface
{
  public:
    void restart()
    {
        next_ = 0;
    }
    uint32_t BeginEvent(const char *) override
    {
        return 0;
    }
    void EndEvent(uint32_t) override
    {
        KWS_OP_HOOK(next_++, nullptr, 0);
    }

  private:
    int next_ = 0;
};
Place<OperatorEvents> events_place;
OperatorEvents *events;
#endif

/* resolver: an empty one, gets the model's operators. */
bool add_operators(Resolver *resolver)
{
    bool all = true;
#define ADD(call) all = all && resolver->call == kTfLiteOk;
    KWS_RESOLVER_LIST(ADD)
#undef ADD
    return all;
}

/* tensor: as the interpreter made it, or nullptr. True for int8 with `count` elements. */
bool is_int8(const TfLiteTensor *tensor, size_t count)
{
    return tensor != nullptr && tensor->type == kTfLiteInt8 && tensor->bytes == count;
}

#ifdef KWS_OUTPUT_IS_UINT8
/* The output is the int8 scores plus 128; here they are int8 again. */
int8_t scores[KWS_OUTPUTS];

bool is_output(const TfLiteTensor *tensor)
{
    return tensor != nullptr && tensor->type == kTfLiteUInt8 && tensor->bytes == KWS_OUTPUTS;
}
#else
bool is_output(const TfLiteTensor *tensor)
{
    return is_int8(tensor, KWS_OUTPUTS);
}
#endif

} // namespace

extern "C" {

const char *kws_model_runtime(void)
{
    return "tflm" KWS_TFLM_SUFFIX;
}

uint32_t kws_model_weights_bytes(void)
{
    return KWS_MODEL_DATA_BYTES;
}

uint32_t kws_model_activation_bytes(void)
{
    return sizeof arena;
}

uint32_t kws_model_used_bytes(void)
{
    if (too_small) {
        return KWS_ARENA_PLANNED_BYTES;
    }
    return interpreter == nullptr ? 0 : static_cast<uint32_t>(interpreter->arena_used_bytes());
}

kws_status kws_model_init(void)
{
    const Model *model = GetModel(kws_model_data);
    if (model->version() != TFLITE_SCHEMA_VERSION) {
        return KWS_ERR_MODEL_SCHEMA;
    }
    Resolver *resolver = new (resolver_place.bytes) Resolver();
    if (!add_operators(resolver)) {
        return KWS_ERR_MODEL;
    }
    MicroProfilerInterface *profiler = nullptr;
#ifdef KWS_OP_HOOK
    events = new (events_place.bytes) OperatorEvents();
    profiler = events;
#endif
    MicroAllocator *allocator = MicroAllocator::Create(arena, sizeof arena);
    MicroResourceVariables *variables = nullptr;
    if (KWS_RESOURCE_VARIABLES > 0) {
        variables = MicroResourceVariables::Create(allocator, KWS_RESOURCE_VARIABLES);
    }
    interpreter = new (interpreter_place.bytes)
        MicroInterpreter(model, *resolver, allocator, variables, profiler);
    too_small = interpreter->AllocateTensors() != kTfLiteOk;
    if (too_small) {
        return KWS_ERR_MODEL_ARENA;
    }
    input = interpreter->input(0);
    output = interpreter->output(0);
    if (!is_int8(input, KWS_MODEL_INPUT_BYTES) || !is_output(output)) {
        return KWS_ERR_MODEL_SHAPE;
    }
    return KWS_OK;
}

kws_status kws_model_reset(void)
{
    return interpreter->Reset() == kTfLiteOk ? KWS_OK : KWS_ERR_MODEL;
}

int8_t *kws_model_input(void)
{
    return input->data.int8;
}

kws_status kws_model_invoke(void)
{
#ifdef KWS_OP_HOOK
    events->restart();
#endif
    return interpreter->Invoke() == kTfLiteOk ? KWS_OK : KWS_ERR_MODEL;
}

const int8_t *kws_model_output(void)
{
#ifdef KWS_OUTPUT_IS_UINT8
    for (unsigned i = 0; i < KWS_OUTPUTS; i++) {
        scores[i] = static_cast<int8_t>(output->data.uint8[i] - 128);
    }
    return scores;
#else
    return output->data.int8;
#endif
}

} // extern "C"
