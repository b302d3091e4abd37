// A table for people: aligned columns, no lines, cut to the width of the terminal.
//
//   Table table({{"NAME"}, {"STATUS"}, {"STARTED", {.right_aligned = true}}});
//   table.Add({{"order-7", Style::kAccent}, {"RUNNING", Style::kRunning}, {"2m ago"}});
//   console.Out(table.Render(palette, console.width()));
#pragma once

#include <string>
#include <vector>

#include "cli/colour.h"

namespace pawl::cli {

struct ColumnOptions {
  bool right_aligned = false;
  bool shrinks = false;     // gives way where the terminal is too narrow
  bool keeps_ends = false;  // is cut in the middle, not at the end
};

struct Column {
  std::string header;
  ColumnOptions options = {};
};

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

// Thread-compatible.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells are empty. Text is made printable here.
  void Add(std::vector<Cell> cells);
  bool is_empty() const { return rows_.empty(); }

  // Lines that end in "\n". `width` 0: never cut (output that a program reads).
  std::string Render(const Palette& palette, int width) const;

 private:
  std::vector<int> Widths(int limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace pawl::cli
