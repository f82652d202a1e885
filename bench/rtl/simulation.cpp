// SPDX-License-Identifier: Apache-2.0
// Runs a program on ibex.sv: memory without wait states (a request is taken in its cycle and
// answered in the next), a console, and an exit.
//
//     simulation program.bin MAX_CYCLES
//
// program.bin lies at MEMORY_START; what it writes to CONSOLE is printed, what it writes to EXIT
// ends the simulation with that status. Status 121: MAX_CYCLES without an end.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "Vibex.h"
#include "verilated.h"

namespace
{

constexpr uint32_t MEMORY_START = 0x80000000u;
constexpr uint32_t MEMORY_BYTES = 16u << 20;
constexpr uint32_t CONSOLE = 0x20000000u;
constexpr uint32_t EXIT = 0x20000004u;
constexpr int STATUS_NO_END = 121;

// Below memory, where the core starts: lui t0, 0x80000; jr t0.
constexpr uint32_t BOOT_START = 0x7FFFFF80u;
constexpr uint32_t BOOT[] = {0x800002B7u, 0x00028067u};

std::vector<uint32_t> memory(MEMORY_BYTES / 4);

// The word at an address; 0 where nothing is.
uint32_t read(uint32_t address)
{
    if (address - MEMORY_START < MEMORY_BYTES) {
        return memory[(address - MEMORY_START) / 4];
    }
    if (address - BOOT_START < sizeof BOOT) {
        return BOOT[(address - BOOT_START) / 4];
    }
    return 0;
}

// Bit i of byte_enable: whether byte i of the word is written.
void write(uint32_t address, uint32_t data, unsigned byte_enable)
{
    if (address == CONSOLE) {
        std::putchar(static_cast<int>(data & 0xFFu));
    } else if (address == EXIT) {
        std::fflush(stdout);
        std::_Exit(static_cast<int>(data));
    } else if (address - MEMORY_START < MEMORY_BYTES) {
        uint32_t mask = 0;
        for (unsigned i = 0; i < 4; i++) {
            mask |= byte_enable >> i & 1u ? 0xFFu << 8 * i : 0;
        }
        uint32_t &word = memory[(address - MEMORY_START) / 4];
        word = (word & ~mask) | (data & mask);
    }
}

bool load(const char *path)
{
    std::ifstream file(path, std::ios::binary);
    const std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
    for (size_t i = 0; i < bytes.size() && i < MEMORY_BYTES; i++) {
        memory[i / 4] |= static_cast<uint32_t>(bytes[i]) << 8 * (i % 4);
    }
    return !bytes.empty() && bytes.size() <= MEMORY_BYTES;
}

// One cycle: what the core asks for in it is answered in the next.
void cycle(Vibex &core)
{
    core.clock = 0;
    core.eval();
    const bool fetch = core.fetch, request = core.request;
    const uint32_t instruction = fetch ? read(core.fetch_address) : 0;
    const uint32_t data = request && !core.write ? read(core.address) : 0;
    if (request && core.write && core.reset_n) {
        write(core.address, core.write_data, core.byte_enable);
    }
    core.clock = 1;
    core.eval();
    core.fetched = fetch;
    core.instruction = instruction;
    core.answered = request;
    core.read_data = data;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3 || !load(argv[1])) {
        std::fprintf(stderr, "usage: simulation program.bin MAX_CYCLES\n");
        return 2;
    }
    const unsigned long long most = std::strtoull(argv[2], nullptr, 10);
    Vibex core;
    core.reset_n = 1;
    core.eval();
    core.reset_n = 0; // an edge: the clock of most of the core is off while it is in reset
    for (int i = 0; i < 8; i++) {
        cycle(core);
        core.fetched = core.answered = 0;
    }
    core.reset_n = 1;
    for (unsigned long long i = 0; i < most; i++) {
        cycle(core);
    }
    std::fprintf(stderr, "no end after %llu cycles\n", most);
    return STATUS_NO_END;
}
