/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for TensorFlow Lite Micro's headers: as much as firmware/runtime/model_tflm.cc names,
 * in the namespace of old (tflite) or new (tflite::micro, STUB_MICRO) releases.
 *
 * The "interpreter" copies the first input values to the output. What goes wrong is decided by
 * the library (stub.c), as with the real one. */
#ifndef STUB_MICRO_INTERPRETER_H
#define STUB_MICRO_INTERPRETER_H

#ifndef TF_LITE_STATIC_MEMORY
#error "the headers need TF_LITE_STATIC_MEMORY"
#endif

#include <cstddef>
#include <cstdint>

#include "fixedpoint/fixedpoint.h"
#include "flatbuffers/flatbuffers.h"
#include "ruy/profiler/instrumentation.h"

#define TFLITE_SCHEMA_VERSION (3)
#define STUB_INPUT_BYTES 980 /* of the model in tests/tiny_run.py */

enum TfLiteStatus { kTfLiteOk, kTfLiteError };
enum TfLiteType { kTfLiteFloat32 = 1, kTfLiteUInt8 = 3, kTfLiteInt8 = 9 };

struct TfLiteTensor {
    TfLiteType type;
    union {
        int8_t *int8;
        uint8_t *uint8;
    } data;
    size_t bytes;
};

extern "C" {
int stub_schema_version(void);
size_t stub_arena_bytes(void);
size_t stub_output_bytes(void);
int stub_input_is_float(void);
}

namespace tflite
{
struct Model {
    int version() const
    {
        return stub_schema_version();
    }
};
inline const Model *GetModel(const void *bytes)
{
    return static_cast<const Model *>(bytes);
}
} // namespace tflite

#ifdef STUB_MICRO
#define STUB_BEGIN   \
    namespace tflite \
    {                \
    namespace micro  \
    {
#define STUB_END \
    }            \
    }
#else
#define STUB_BEGIN   \
    namespace tflite \
    {
#define STUB_END }
#endif

STUB_BEGIN

class MicroOpResolver
{
};

class MicroProfilerInterface
{
  public:
    virtual ~MicroProfilerInterface()
    {
    }
    virtual uint32_t BeginEvent(const char *tag) = 0;
    virtual void EndEvent(uint32_t handle) = 0;
};

struct Registration {};
inline Registration Register_CONV_2D_INT8()
{
    return {};
}
inline Registration Register_AVERAGE_POOL_2D_INT8()
{
    return {};
}
inline Registration Register_FULLY_CONNECTED_INT8()
{
    return {};
}
inline Registration Register_SOFTMAX_INT8()
{
    return {};
}

template <unsigned int operators> class MicroMutableOpResolver : public MicroOpResolver
{
  public:
    TfLiteStatus AddConv2D(Registration)
    {
        return Add();
    }
    TfLiteStatus AddAveragePool2D(Registration)
    {
        return Add();
    }
    TfLiteStatus AddFullyConnected(Registration)
    {
        return Add();
    }
    TfLiteStatus AddReshape()
    {
        return Add();
    }
    TfLiteStatus AddSoftmax(Registration)
    {
        return Add();
    }

  private:
#ifdef STUB_REFUSES_OPERATORS
    unsigned int room_ = operators - 1;
#else
    unsigned int room_ = operators;
#endif
    TfLiteStatus Add()
    {
        return room_-- > 0 ? kTfLiteOk : kTfLiteError;
    }
};

class MicroAllocator
{
  public:
    static MicroAllocator *Create(uint8_t *arena, size_t arena_bytes)
    {
        static MicroAllocator only;
        only.arena_ = arena;
        only.arena_bytes_ = arena_bytes;
        return &only;
    }
    uint8_t *arena_;
    size_t arena_bytes_;
};

class MicroResourceVariables
{
  public:
    static MicroResourceVariables *Create(MicroAllocator *, int)
    {
        static MicroResourceVariables only;
        return &only;
    }
};

class MicroInterpreter
{
  public:
    MicroInterpreter(const Model *, const MicroOpResolver &, MicroAllocator *allocator,
                     MicroResourceVariables *, MicroProfilerInterface *profiler)
        : arena_(allocator->arena_), arena_bytes_(allocator->arena_bytes_), profiler_(profiler)
    {
    }
    TfLiteStatus Reset()
    {
        return kTfLiteOk;
    }
    TfLiteStatus AllocateTensors()
    {
        size_t outputs = stub_output_bytes();
        input_ = {stub_input_is_float() ? kTfLiteFloat32 : kTfLiteInt8,
                  {reinterpret_cast<int8_t *>(arena_)},
                  STUB_INPUT_BYTES};
        output_ = {kTfLiteInt8, {reinterpret_cast<int8_t *>(arena_ + STUB_INPUT_BYTES)}, outputs};
        return arena_bytes_ >= stub_arena_bytes() ? kTfLiteOk : kTfLiteError;
    }
    TfLiteTensor *input(size_t)
    {
        return &input_;
    }
    TfLiteTensor *output(size_t)
    {
        return &output_;
    }
    size_t arena_used_bytes() const
    {
        return stub_arena_bytes();
    }
    TfLiteStatus Invoke()
    {
        for (int operation = 0; operation < 2 && profiler_ != nullptr; operation++) {
            profiler_->EndEvent(profiler_->BeginEvent("STUB"));
        }
        for (size_t i = 0; i < output_.bytes; i++) {
            output_.data.int8[i] = input_.data.int8[i];
        }
        return kTfLiteOk;
    }

  private:
    uint8_t *arena_;
    size_t arena_bytes_;
    MicroProfilerInterface *profiler_;
    TfLiteTensor input_;
    TfLiteTensor output_;
};

STUB_END

#endif
