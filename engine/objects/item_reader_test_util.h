// What the tests of item readers share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/objects/item_reader.h"
#include "engine/objects/memory_store.h"
#include "engine/value/json.h"

namespace pawl::objects {

inline constexpr size_t kAll = 1'000'000;

inline ReaderSpec Spec(ReaderSpec::Format format) {
  ReaderSpec spec;
  spec.format = format;
  spec.bucket = "b";
  spec.key = "k";
  return spec;
}

struct Outcome {
  std::vector<std::string> items;  // as JSON text
  std::string error, cause;
};

// Reads everything, `max_items` at a time; with `reopen`, each chunk by a reader of its own.
inline Outcome ReadEverything(ObjectStore* store, const ReaderSpec& spec, size_t max_items = kAll,
                              bool reopen = false, size_t max_bytes = kAll) {
  Outcome outcome;
  std::string cursor;
  std::unique_ptr<ItemReader> reader;
  for (bool is_end = false; !is_end;) {
    if (reader == nullptr || reopen) {
      auto opened = OpenItemReader(store, spec, cursor);
      if (!opened.ok()) {
        outcome.error = opened.failure().error;
        outcome.cause = opened.failure().cause.value_or("");
        return outcome;
      }
      reader = std::move(opened).value();
    }
    OrFailure<ItemChunk> chunk = reader->Next(max_items, max_bytes);
    if (!chunk.ok()) {
      outcome.error = chunk.failure().error;
      outcome.cause = chunk.failure().cause.value_or("");
      return outcome;
    }
    EXPECT_LE(chunk->items.size(), max_items);
    EXPECT_TRUE(chunk->is_end || !chunk->items.empty());
    for (const Value& item : chunk->items) outcome.items.push_back(ToJson(item));
    cursor = chunk->cursor;
    is_end = chunk->is_end;
  }
  return outcome;
}

inline Outcome ReadText(absl::string_view body, const ReaderSpec& spec) {
  MemoryStore store;
  store.Put("b", "k", body);
  return ReadEverything(&store, spec);
}

}  // namespace pawl::objects
