#include "cli/table.h"

#include <algorithm>

#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // of a column that gives way

}  // namespace

void Table::Add(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  for (Cell& cell : cells) cell.text = OneLine(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::Widths(int limit) const {
  std::vector<int> widths;
  widths.reserve(columns_.size());
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.header));
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  if (limit <= 0) return widths;
  int total = kGap * (static_cast<int>(columns_.size()) - 1);
  for (int width : widths) total += width;
  // The widest column that may shrink does, a column at a time, so that several end up alike.
  while (total > limit) {
    int widest = -1;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (!columns_[i].options.shrinks || widths[i] <= kNarrowest) continue;
      if (widest < 0 || widths[i] > widths[static_cast<size_t>(widest)])
        widest = static_cast<int>(i);
    }
    if (widest < 0) break;
    --widths[static_cast<size_t>(widest)];
    --total;
  }
  return widths;
}

std::string Table::Render(const Palette& palette, int width) const {
  const std::vector<int> widths = Widths(width);
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const ColumnOptions& options = columns_[i].options;
      const std::string cut = options.keeps_ends ? TruncateMiddle(cells[i].text, widths[i])
                                                 : Truncate(cells[i].text, widths[i]);
      const std::string blanks(static_cast<size_t>(std::max(0, widths[i] - DisplayWidth(cut))),
                               ' ');
      if (i > 0) text.append(kGap, ' ');
      if (options.right_aligned) text += blanks;
      text += palette(cells[i].style, cut);
      if (!options.right_aligned && i + 1 < cells.size()) text += blanks;
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out += text + "\n";
  };
  std::vector<Cell> header;
  header.reserve(columns_.size());
  for (const Column& column : columns_) header.push_back({column.header, Style::kDim});
  line(header);
  for (const std::vector<Cell>& row : rows_) line(row);
  return out;
}

}  // namespace pawl::cli
