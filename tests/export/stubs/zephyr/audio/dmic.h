/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for Zephyr's digital microphones: as much as the sample needs, as its header declares it. */
#include <zephyr/device.h>
#include <zephyr/kernel.h>

#include "sound.h"

enum pdm_lr { PDM_CHAN_RIGHT, PDM_CHAN_LEFT };
enum dmic_trigger { DMIC_TRIGGER_STOP, DMIC_TRIGGER_START };

struct pcm_stream_cfg {
    uint32_t pcm_rate;
    uint8_t pcm_width;
    uint16_t block_size;
    struct k_mem_slab *mem_slab;
};

struct dmic_cfg {
    struct {
        uint32_t min_pdm_clk_freq, max_pdm_clk_freq;
        uint8_t min_pdm_clk_dc, max_pdm_clk_dc;
    } io;
    struct pcm_stream_cfg *streams;
    struct {
        uint32_t req_chan_map_lo;
        uint8_t req_num_chan, req_num_streams;
    } channel;
};

static struct pcm_stream_cfg stream_in_use;

static inline uint32_t dmic_build_channel_map(uint8_t channel, uint8_t pdm, enum pdm_lr lr)
{
    return ((((uint32_t)pdm & 7) << 1) | lr) << (channel * 4);
}

static inline int dmic_configure(const struct device *device, struct dmic_cfg *config)
{
    bool fits = config->streams->pcm_rate == 8000 && config->streams->pcm_width == 16 &&
                config->streams->block_size == config->streams->mem_slab->block_size &&
                config->channel.req_num_chan == 1 && config->channel.req_num_streams == 1 &&
                config->channel.req_chan_map_lo == 1;
    (void)device;
    stream_in_use = *config->streams;
    return fits && device_of_dmic_dev.steps++ == 0 ? 0 : -22;
}

static inline int dmic_trigger(const struct device *device, enum dmic_trigger command)
{
    (void)device;
    if (command == DMIC_TRIGGER_STOP) {
        return device_of_dmic_dev.steps-- == 2 ? 0 : -22;
    }
    return device_of_dmic_dev.steps++ == 1 ? 0 : -22;
}

static inline int dmic_read(const struct device *device, uint8_t number, void **block, size_t *size,
                            int32_t timeout)
{
    struct k_mem_slab *slab = stream_in_use.mem_slab;
    if (loses_sound()) {
        return -11;
    }
    if (device->steps != 2 || number != 0 || timeout <= 0 || slab->used++ != 0) {
        return -5;
    }
    *block = slab->memory;
    *size = 2 * next_sound(slab->memory, stream_in_use.block_size / 2);
    return 0;
}
