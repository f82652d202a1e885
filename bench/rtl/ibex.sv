// SPDX-License-Identifier: Apache-2.0
// Ibex with two memory ports, for simulation.cpp: everything that it does not use is tied off.
//
// Macros (see ibex.py): KWS_RV32M, KWS_BRANCH_TARGET_ALU, KWS_WRITEBACK_STAGE.
module ibex (
  input  logic        clock,
  input  logic        reset_n,
  output logic        fetch,
  output logic [31:0] fetch_address,
  input  logic        fetched,
  input  logic [31:0] instruction,
  output logic        request,
  output logic        write,
  output logic [3:0]  byte_enable,
  output logic [31:0] address,
  output logic [31:0] write_data,
  input  logic        answered,
  input  logic [31:0] read_data
);
  ibex_top #(
    .PMPEnable(1'b1),  // start-up guards the stack with it; it costs no cycles
    .RV32M(ibex_pkg::`KWS_RV32M),
    .BranchTargetALU(`KWS_BRANCH_TARGET_ALU),
    .WritebackStage(`KWS_WRITEBACK_STAGE)
  ) core (
    .clk_i(clock),
    .rst_ni(reset_n),
    .test_en_i(1'b0),
    .scan_rst_ni(1'b1),
    .ram_cfg_i('0),
    .hart_id_i('0),
    .boot_addr_i(32'h7FFF_FF00),  // the first instruction is at + 0x80
    .instr_req_o(fetch),
    .instr_gnt_i(1'b1),
    .instr_rvalid_i(fetched),
    .instr_addr_o(fetch_address),
    .instr_rdata_i(instruction),
    .instr_rdata_intg_i('0),
    .instr_err_i(1'b0),
    .data_req_o(request),
    .data_gnt_i(1'b1),
    .data_rvalid_i(answered),
    .data_we_o(write),
    .data_be_o(byte_enable),
    .data_addr_o(address),
    .data_wdata_o(write_data),
    .data_wdata_intg_o(),
    .data_rdata_i(read_data),
    .data_rdata_intg_i('0),
    .data_err_i(1'b0),
    .irq_software_i(1'b0),
    .irq_timer_i(1'b0),
    .irq_external_i(1'b0),
    .irq_fast_i('0),
    .irq_nm_i(1'b0),
    .scramble_key_valid_i(1'b0),
    .scramble_key_i('0),
    .scramble_nonce_i('0),
    .scramble_req_o(),
    .debug_req_i(1'b0),
    .crash_dump_o(),
    .double_fault_seen_o(),
    .fetch_enable_i(ibex_pkg::IbexMuBiOn),
    .alert_minor_o(),
    .alert_major_internal_o(),
    .alert_major_bus_o(),
    .core_sleep_o()
  );
endmodule
