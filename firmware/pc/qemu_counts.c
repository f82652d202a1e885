/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of QEMU: how often each instruction of one call of a function ran, for the estimate of
 * cycles (host/kws/cycles).
 *
 *   -plugin qemu_counts.so,function=ADDRESS,out=FILE
 *
 * Counts the first call of the function at that address, to the instruction behind the call. Then
 * FILE has a line for each instruction that ran:
 *
 *   <address, hex> <times> <jumps> <arrivals> <splits>
 *
 * jumps: what ran next was not the instruction behind it; arrivals: what ran before was not the one
 * in front of it; splits: further bus accesses that unaligned data takes (halfword at an odd
 * address 1, word at one of a halfword 1, at an odd one 2; DDI 0439, load and store timings).
 *
 * QEMU ships no header in its packages, so what is used of its interface stands here, as
 * docs/devel/tcg-plugins documents it; nothing of it has changed between QEMU 7.2 and 9. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
typedef uint32_t memory_info;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { NO_REGISTERS = 0 };         /* QEMU_PLUGIN_CB_NO_REGS */
enum { READS_AND_WRITES = 1 | 2 }; /* QEMU_PLUGIN_MEM_RW */

typedef void on_translation(plugin_id id, struct qemu_plugin_tb *block);
typedef void on_instruction(unsigned cpu, void *instruction);
typedef void on_memory(unsigned cpu, memory_info info, uint64_t address, void *instruction);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, on_translation *call);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, on_instruction *call,
                                            int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, on_memory *call, int flags,
                                      int accesses, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
unsigned qemu_plugin_mem_size_shift(memory_info info);

/* What QEMU looks for. */
extern int qemu_plugin_version;
int qemu_plugin_version = KWS_QEMU_PLUGIN_VERSION;
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int count, char **arguments);

struct instruction {
    struct instruction *next; /* of its bucket */
    uint64_t address;
    uint64_t end;
    uint64_t times;
    uint64_t jumps;
    uint64_t arrivals;
    uint64_t splits;
};

enum { BUCKETS = 1 << 14 };
static struct instruction *buckets[BUCKETS];

static uint64_t function;
static const char *out;

static enum { WAITING, COUNTING, DONE } state;
static uint64_t return_address;
static struct instruction *last;

/* A block that is translated again has the instructions that it had. */
static struct instruction *instruction_at(uint64_t address, size_t bytes)
{
    struct instruction **bucket = &buckets[address / 2u % BUCKETS];
    struct instruction *found = *bucket;
    while (found != NULL && found->address != address) {
        found = found->next;
    }
    if (found == NULL) {
        found = calloc(1, sizeof *found);
        if (found == NULL) {
            abort();
        }
        found->address = address;
        found->end = address + bytes;
        found->next = *bucket;
        *bucket = found;
    }
    return found;
}

static void write_counts(void)
{
    FILE *file = fopen(out, "w");
    if (file == NULL) {
        perror(out);
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const struct instruction *one = buckets[i]; one != NULL; one = one->next) {
            if (one->times > 0u) {
                fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                        one->address, one->times, one->jumps, one->arrivals, one->splits);
            }
        }
    }
    fclose(file);
}

static void executed(unsigned cpu, void *data)
{
    struct instruction *const now = data;
    (void)cpu;
    if (state == WAITING && now->address == function && last != NULL) {
        state = COUNTING;
        return_address = last->end;
        last = NULL; /* the call itself is not counted */
    } else if (state == COUNTING && now->address == return_address) {
        last->jumps++;
        state = DONE;
        write_counts();
    }
    if (state == COUNTING) {
        now->times++;
        if (last == NULL || last->end != now->address) {
            now->arrivals++;
            if (last != NULL) {
                last->jumps++;
            }
        }
    }
    last = now;
}

static void accessed(unsigned cpu, memory_info info, uint64_t address, void *data)
{
    struct instruction *const instruction = data;
    (void)cpu;
    if (state == COUNTING) {
        const unsigned shift = qemu_plugin_mem_size_shift(info);
        if (shift > 0u && address % 2u != 0u) {
            instruction->splits += shift > 1u ? 2u : 1u;
        } else if (shift > 1u && address % 4u != 0u) {
            instruction->splits++;
        }
    }
}

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    const size_t count = qemu_plugin_tb_n_insns(block);
    (void)id;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *const insn = qemu_plugin_tb_get_insn(block, i);
        struct instruction *const one =
            instruction_at(qemu_plugin_insn_vaddr(insn), qemu_plugin_insn_size(insn));
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, one);
        qemu_plugin_register_vcpu_mem_cb(insn, accessed, NO_REGISTERS, READS_AND_WRITES, one);
    }
}

/* The text behind `key` when the argument begins with it, or NULL. */
static const char *value_of(const char *argument, const char *key)
{
    const size_t length = strlen(key);
    return strncmp(argument, key, length) == 0 ? argument + length : NULL;
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int count, char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++) {
        const char *value;
        if ((value = value_of(arguments[i], "function=")) != NULL) {
            function = strtoull(value, NULL, 0);
        } else if ((value = value_of(arguments[i], "out=")) != NULL) {
            out = strdup(value);
        }
    }
    if (out == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
