// A fuzz target (tools/fuzz item_reader).
// Whatever the bytes, the reader ends, and reading item by item with a reader of its own each time
// gives what reading at once gives.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "engine/objects/item_reader.h"
#include "engine/objects/memory_store.h"
#include "engine/value/json.h"

namespace {

using pawl::OrFailure;
using pawl::objects::ItemChunk;
using pawl::objects::ItemReader;
using pawl::objects::MemoryStore;
using pawl::objects::OpenItemReader;
using pawl::objects::ReaderSpec;

std::string Read(MemoryStore* store, const ReaderSpec& spec, size_t max_items, bool reopen) {
  std::string all;
  std::string cursor;
  std::unique_ptr<ItemReader> reader;
  for (;;) {
    if (reader == nullptr || reopen) {
      auto opened = OpenItemReader(store, spec, cursor);
      if (!opened.ok()) return all + "failed";
      reader = std::move(opened).value();
    }
    OrFailure<ItemChunk> chunk = reader->Next(max_items, size_t{1} << 20);
    if (!chunk.ok()) return all + "failed";
    for (const pawl::Value& item : chunk->items) pawl::AppendJson(item, &all);
    if (chunk->is_end) return all;
    cursor = chunk->cursor;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 4096) return 0;
  ReaderSpec spec;
  spec.bucket = "b";
  spec.key = (data[0] & 8) != 0 ? "k.gz" : "k";
  spec.format = static_cast<ReaderSpec::Format>(data[0] % 3);
  if ((data[0] & 16) != 0) spec.items_pointer = "/a/0";
  MemoryStore store;
  store.Put("b", spec.key, absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  // A failure ends both, but items before it may or may not have been given.
  const std::string at_once = Read(&store, spec, 1000, false);
  const std::string one_by_one = Read(&store, spec, 1, true);
  const bool is_failed = at_once == "failed";
  if (!is_failed && at_once != one_by_one) std::abort();
  return 0;
}
