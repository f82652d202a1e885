// SPDX-License-Identifier: Apache-2.0
// Runs the UF2 file of a Raspberry Pi Pico's firmware in rp2040js, with UART0 on a TCP port.
//
//   node rp2040js_runner.cjs RP2040JS_FOLDER FIRMWARE.uf2 LISTENING_FILE_NUMBER CLOCK_HZ
//
// Starts when somebody has connected. Each instruction takes one clock of the emulated time, so
// the firmware's counter counts instructions; rp2040js itself counts cycles.
"use strict";

const fs = require("fs");
const net = require("net");

const [, , folder, file, descriptor, clockHz] = process.argv;
const { RP2040 } = require(folder);

const CLOCK_NS = 1e9 / Number(clockHz);
const INSTRUCTIONS_A_TURN = 200000; // then the socket has its turn
const FEED_EVERY = 64; // instructions between looks at what was received

const FLASH = 0x10000000;
const BOOT2_BYTES = 256;
const BOOT2_RAM = 0x20041f00; // where the boot ROM runs boot2
const RAM_END = 0x20042000;
const SYST_CVR = 0x018; // offsets in the processor's private registers
const AIRCR = 0xd0c;
const AIRCR_RESET = 0x05fa0004;
const HARD_FAULT = 3;

const rp2040 = new RP2040();
const { core, ppb } = rp2040;
const uart = rp2040.uart[0];
let instructions = 0;
let resetAsked = false;
let faulted = false;

// An access to an address that does not exist is a fault; rp2040js only warns of it.
const quiet = () => {};
rp2040.logger = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (component) => {
        faulted = faulted || component === "RP2040";
    },
};
rp2040.onBreak = () => {
    faulted = true;
};

// SysTick at one clock an instruction, and the reset that rp2040js leaves out.
const readRegister = ppb.readUint32.bind(ppb);
ppb.readUint32 = (offset) =>
    offset === SYST_CVR ? -instructions & 0xffffff : readRegister(offset);
const writeRegister = ppb.writeUint32.bind(ppb);
ppb.writeUint32 = (offset, value) => {
    if (offset === AIRCR) {
        resetAsked = resetAsked || value >>> 0 === AIRCR_RESET;
    } else {
        writeRegister(offset, value);
    }
};

// UF2: blocks of 512 bytes; address at 12, number of bytes at 16, data from 32 on.
function load(blocks) {
    for (let at = 0; at < blocks.length; at += 512) {
        const start = at + 32;
        const data = blocks.subarray(start, start + blocks.readUInt32LE(at + 16));
        rp2040.flash.set(data, blocks.readUInt32LE(at + 12) - FLASH);
    }
}

// The boot ROM's: polynomial 0x04c11db7, highest bit first.
function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc ^= byte << 24;
        for (let bit = 0; bit < 8; bit++) {
            crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
        }
    }
    return crc >>> 0;
}

// What the boot ROM does: boot2 is checked, copied into RAM and run there. RAM stays as it was.
function boot() {
    const boot2 = Buffer.from(rp2040.flash.subarray(0, BOOT2_BYTES));
    const crc = crc32(boot2.subarray(0, BOOT2_BYTES - 4));
    if (crc !== boot2.readUInt32LE(BOOT2_BYTES - 4)) {
        console.error(`the boot ROM refuses boot2: its CRC is 0x${crc.toString(16)}`);
        process.exit(1);
    }
    rp2040.sram.set(boot2, BOOT2_RAM - 0x20000000);
    core.SPSEL = 0;
    core.currentMode = 0;
    core.IPSR = 0;
    core.PM = false;
    core.VTOR = 0;
    core.pendingInterrupts = 0;
    core.enabledInterrupts = 0;
    core.interruptsUpdated = false;
    core.waiting = false;
    core.SP = RAM_END;
    core.PC = BOOT2_RAM;
    resetAsked = false;
}

function hardFault(at) {
    faulted = false;
    core.PC = at;
    core.waiting = false;
    core.exceptionEntry(HARD_FAULT);
    faulted = false; // writing the registers below RAM is none of its own
}

let socket = null;
let running = false;
const received = [];
let sent = [];
uart.onByte = (byte) => sent.push(byte);

function feed() {
    while (received.length > 0 && !uart.rxFIFO.full) {
        core.waiting = false;
        uart.feedByte(received.shift());
    }
    if (core.pendingInterrupts & core.enabledInterrupts) {
        core.waiting = false;
    }
}

function run() {
    for (let i = 0; i < INSTRUCTIONS_A_TURN; i++) {
        if (core.waiting || i % FEED_EVERY === 0) {
            feed();
            if (core.waiting) {
                break;
            }
        }
        const at = core.PC;
        core.executeInstruction();
        instructions++;
        rp2040.clock.tick(CLOCK_NS);
        if (faulted) {
            hardFault(at);
        }
        if (resetAsked) {
            boot();
        }
    }
    if (sent.length > 0 && socket !== null) {
        socket.write(Buffer.from(sent));
        sent = [];
    }
    running = !core.waiting;
    if (running) {
        setImmediate(run);
    }
}

function wake() {
    if (!running) {
        running = true;
        setImmediate(run);
    }
}

load(fs.readFileSync(file));
boot();
const server = net.createServer((connection) => {
    socket = connection;
    socket.setNoDelay(true);
    socket.on("error", quiet);
    socket.on("data", (data) => {
        received.push(...data);
        wake();
    });
    wake();
});
server.listen({ fd: Number(descriptor) });
