/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for ESP-IDF's I2S driver: as much of it as the example needs, as its header declares it. */
#include "sound.h"

typedef int esp_err_t;
typedef struct i2s_channel *i2s_chan_handle_t;
typedef enum { GPIO_NUM_4 = 4, GPIO_NUM_5, GPIO_NUM_18 } gpio_num_t;
typedef enum { I2S_ROLE_MASTER } i2s_role_t;
typedef enum { I2S_DATA_BIT_WIDTH_32BIT = 32 } i2s_data_bit_width_t;
typedef enum { I2S_SLOT_MODE_MONO = 1 } i2s_slot_mode_t;
typedef struct {
    int id;
    i2s_role_t role;
} i2s_chan_config_t;
typedef struct {
    uint32_t sample_rate_hz;
} i2s_std_clk_config_t;
typedef struct {
    i2s_data_bit_width_t data_bit_width;
    i2s_slot_mode_t slot_mode;
} i2s_std_slot_config_t;
typedef struct {
    int mclk, bclk, ws, dout, din;
} i2s_std_gpio_config_t;
typedef struct {
    i2s_std_clk_config_t clk_cfg;
    i2s_std_slot_config_t slot_cfg;
    i2s_std_gpio_config_t gpio_cfg;
} i2s_std_config_t;

typedef struct {
    void *data;
} i2s_event_data_t;
typedef struct {
    bool (*on_recv_q_ovf)(i2s_chan_handle_t, i2s_event_data_t *, void *);
} i2s_event_callbacks_t;

#define I2S_NUM_AUTO (-1)
#define I2S_GPIO_UNUSED (-1)
#define I2S_CHANNEL_DEFAULT_CONFIG(number, part) {.id = (number), .role = (part)}
#define I2S_STD_CLK_DEFAULT_CONFIG(rate) {.sample_rate_hz = (rate)}
#define I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(bits, mode) \
    {.data_bit_width = (bits), .slot_mode = (mode)}
#define ESP_ERROR_CHECK(call) \
    do {                      \
        if ((call) != 0)      \
            abort();          \
    } while (0)

static int opened; /* steps done, in their order */

static inline esp_err_t i2s_new_channel(const i2s_chan_config_t *channel, i2s_chan_handle_t *out,
                                        i2s_chan_handle_t *in)
{
    *in = NULL;
    return opened++ == 0 && out == NULL && channel->role == I2S_ROLE_MASTER ? 0 : 1;
}

static inline esp_err_t i2s_channel_init_std_mode(i2s_chan_handle_t handle,
                                                  const i2s_std_config_t *config)
{
    (void)handle;
    return opened++ == 1 && config->clk_cfg.sample_rate_hz == 8000 ? 0 : 1;
}

static i2s_event_callbacks_t called_back;

static inline esp_err_t i2s_channel_register_event_callback(i2s_chan_handle_t handle,
                                                            const i2s_event_callbacks_t *callbacks,
                                                            void *context)
{
    (void)handle;
    called_back = *callbacks;
    return opened == 2 && context == NULL ? 0 : 1; /* before the channel is enabled */
}

static inline esp_err_t i2s_channel_enable(i2s_chan_handle_t handle)
{
    (void)handle;
    return opened++ == 2 ? 0 : 1;
}

static inline esp_err_t i2s_channel_read(i2s_chan_handle_t handle, void *target, size_t size,
                                         size_t *bytes, uint32_t wait)
{
    static int16_t samples[4096];
    int32_t *slots = target;
    size_t count = next_sound(samples, size / sizeof *slots);
    if (loses_sound()) {
        (void)called_back.on_recv_q_ovf(handle, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        slots[i] = (int32_t)((uint32_t)(uint16_t)samples[i] << 16) | 0x7F00;
    }
    *bytes = count * sizeof *slots;
    return opened == 3 && wait == UINT32_MAX ? 0 : 1;
}
