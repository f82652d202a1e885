/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for Arduino's library PDM; deliver() is its interrupt. */
#include "sound.h"

class Microphone
{
  public:
    void onReceive(void (*callback)())
    {
        callback_ = callback;
    }
    int begin(int channels, int rate)
    {
        open_ = channels == 1 && rate == 8000;
        return open_;
    }
    int read(void *buffer, size_t size)
    {
        return 2 * (int)next_sound(static_cast<int16_t *>(buffer), size / 2);
    }
    void deliver()
    {
        if (open_) {
            callback_();
        }
    }

  private:
    void (*callback_)() = nullptr;
    bool open_ = false;
};
static Microphone PDM;
