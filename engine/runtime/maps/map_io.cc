#include "engine/runtime/maps/map_io.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/objects/reader_request.h"
#include "engine/objects/result_writer.h"

namespace pawl::runtime {
namespace {

constexpr size_t kChunkItems = 1'000;
constexpr size_t kChunkBytes = size_t{1024} * 1024;
constexpr size_t kMaxPlaces = 1'000;
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

std::string Text(const Value& object, absl::string_view member) {
  const Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

Failure NoStore() {
  return Failure{"States.ItemReaderFailed",
                 "This engine has no object store: start it with --object-store"};
}

}  // namespace

struct MapIo::ReadJob {
  RunKey key;
  core::ItemsToRead read;
  Answer answer;
  core::Command command;
  bool is_away = false;  // the object store: to be tried again
};

void MapIo::Read(const LiveExecution& live, const core::ItemsToRead& read, Answer answer) {
  auto job = std::make_shared<ReadJob>();
  job->key = {live.row.ref.slot, live.row.ref.id, read.map_run};
  job->read = read;
  job->answer = std::move(answer);
  RunRead(job);
}

void MapIo::RunRead(const std::shared_ptr<ReadJob>& job) {
  world_.blocking->Run([this, job] { ReadChunk(job.get()); }, world_.strand,
                       [this, job] {
                         if (!job->is_away) return job->answer(std::move(job->command));
                         job->is_away = false;
                         world_.strand->PostAfter(kRetryDelay, [this, job] { RunRead(job); });
                       });
}

void MapIo::ReadChunk(ReadJob* job) {
  const int64_t map_run = job->read.map_run;
  if (world_.objects == nullptr) {
    job->command = core::ItemsFailed{map_run, NoStore()};
    return;
  }
  OpenReader open;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = readers_.find(job->key);
    if (it != readers_.end()) {
      open = std::move(it->second);
      readers_.erase(it);
    }
  }
  if (open.reader == nullptr || open.cursor != job->read.cursor) {
    OrFailure<std::unique_ptr<objects::ItemReader>> reader = objects::OpenItemReader(
        world_.objects, objects::SpecOfRequest(job->read.request), job->read.cursor);
    if (!reader.ok()) {
      job->command = core::ItemsFailed{map_run, reader.failure()};
      return;
    }
    open.reader = *std::move(reader);
  }
  OrFailure<objects::ItemChunk> chunk = open.reader->Next(kChunkItems, kChunkBytes);
  if (!chunk.ok()) {
    job->is_away = absl::IsUnavailable(open.reader->status());
    job->command = core::ItemsFailed{map_run, chunk.failure()};
    return;
  }
  core::ItemsRead command;
  command.map_run = map_run;
  command.from_cursor = job->read.cursor;
  command.cursor = chunk->cursor;
  command.is_last = chunk->is_end;
  command.is_keyed = chunk->is_keyed;
  command.items = Payload::FromValue(Value::Array(chunk->items));
  if (!chunk->is_end) {
    open.cursor = chunk->cursor;
    absl::MutexLock lock(&mutex_);
    readers_[job->key] = std::move(open);
  }
  job->command = std::move(command);
}

struct MapIo::ChildrenJob {
  RunKey key;
  persistence::ExecutionRef ref;
  core::ChildrenToRead read;
  Answer answer;
  absl::StatusOr<core::ChildrenRead> children = absl::UnavailableError("not read");
};

void MapIo::ReadChildren(const LiveExecution& live, const core::ChildrenToRead& read,
                         Answer answer) {
  auto job = std::make_shared<ChildrenJob>();
  job->key = {live.row.ref.slot, live.row.ref.id, read.map_run};
  job->ref = live.row.ref;
  job->read = read;
  job->answer = std::move(answer);
  RunReadChildren(job);
}

void MapIo::RunReadChildren(const std::shared_ptr<ChildrenJob>& job) {
  world_.store->Read(
      ReadLane::kBulk,
      [this, job](persistence::Store& store) {
        MapRunHistory::Place place;
        {
          absl::MutexLock lock(&mutex_);
          if (const auto known = places_.extract(job->key)) place = known.mapped();
        }
        job->children = runtime::ReadChildren(&store, job->ref, job->read, &place);
        if (!job->children.ok()) return;
        if (job->read.is_last && job->children->indexes == job->read.indexes) return;
        absl::MutexLock lock(&mutex_);
        // Of Map Runs that ended meanwhile some are left over.
        if (places_.size() >= kMaxPlaces) places_.clear();
        places_[job->key] = place;
      },
      world_.strand,
      [this, job] {
        if (absl::IsUnavailable(job->children.status())) {
          world_.strand->PostAfter(kRetryDelay, [this, job] { RunReadChildren(job); });
          return;
        }
        if (job->children.ok()) return job->answer(*std::move(job->children));
        const std::string why(job->children.status().message());
        job->answer(core::ItemsFailed{job->read.map_run, Failure{"States.Runtime", why}});
      });
}

struct MapIo::WriteJob {
  persistence::ExecutionRef ref;
  int64_t map_run = 0;
  int32_t redrives = 0;  // of the Map Run so far
  std::string run_arn;
  std::string child_machine;
  std::string ns;
  Value destination;  // {Bucket, Prefix}
  asl::ResultWriter writer;
  Answer answer;
  core::ResultsWritten command;
};

void MapIo::Write(const LiveExecution& live, const core::ResultsToWrite& write, Answer answer) {
  const core::Frame& frame = *live.state.FindFrame(write.frame);
  const asl::DistributedMap& map =
      *live.state.machine().state(frame.state).As<asl::MapFields>().distributed;
  auto job = std::make_shared<WriteJob>();
  job->ref = live.row.ref;
  job->map_run = write.map_run;
  job->redrives = frame.map_run->redrive_count;
  job->run_arn = core::MapRunArn(live.state, map.label, write.map_run);
  job->child_machine = core::MapChildMachine(live.state, map.label);
  job->ns = live.row.ns;
  const Value* destination = frame.map_run->config.value().Find("Writer");
  job->destination = destination == nullptr ? Value::EmptyObject() : *destination;
  job->writer = *map.writer;
  job->command.map_run = write.map_run;
  job->answer = std::move(answer);
  RunWrite(job);
}

void MapIo::RunWrite(const std::shared_ptr<WriteJob>& job) {
  auto status = std::make_shared<absl::Status>();
  world_.store->Read(
      ReadLane::kBulk,
      [this, job, status](persistence::Store& store) { *status = WriteResults(store, job.get()); },
      world_.strand,
      [this, job, status] {
        // One of the two stores is away.
        if (absl::IsUnavailable(*status)) {
          world_.strand->PostAfter(kRetryDelay, [this, job] { RunWrite(job); });
          return;
        }
        if (!status->ok()) job->command.failure = objects::ResultWriterFailure(*status);
        job->answer(std::move(job->command));
      });
}

aws::ExecutionRecord MapIo::RecordOf(const WriteJob& job, const aws::ArnContext& context,
                                     const core::MapChildEnded& ended, const Payload& input,
                                     absl::Time stop) {
  aws::ExecutionRecord child;
  child.status = std::string(core::StatusName(ended.status));
  child.name =
      aws::MapRunUuid(aws::MapRunId{static_cast<uint32_t>(job.ref.slot.value()),
                                    static_cast<uint64_t>(job.ref.id), job.map_run, ended.index});
  child.arn = aws::ExecutionArn(context, job.child_machine, child.name);
  child.machine_arn = aws::MachineArn(context, job.child_machine);
  child.input = input;
  child.output = ended.output;
  child.error = ended.error;
  child.cause = ended.cause;
  child.start = ended.started_at;
  child.stop = stop;
  return child;
}

// The history tells what every child was given and what became of it. Read page by page: only the
// inputs of children whose end has not been met yet are in memory.
absl::Status MapIo::WriteResults(persistence::Store& store, WriteJob* job) {
  if (world_.objects == nullptr) {
    return absl::FailedPreconditionError(
        "this engine has no object store: start it with --object-store");
  }
  objects::ResultWriterSpec spec;
  spec.bucket = Text(job->destination, "Bucket");
  spec.prefix = Text(job->destination, "Prefix");
  spec.map_run_arn = job->run_arn;
  spec.run_id = job->run_arn.substr(job->run_arn.rfind(':') + 1);
  spec.output_type =
      job->writer.as_lines ? objects::ResultOutputType::kJsonl : objects::ResultOutputType::kJson;
  switch (job->writer.transformation) {
    case asl::ResultWriter::Transformation::kAsIs:
      break;
    case asl::ResultWriter::Transformation::kCompact:
      spec.transformation = objects::ResultTransformation::kCompact;
      break;
    case asl::ResultWriter::Transformation::kFlatten:
      spec.transformation = objects::ResultTransformation::kFlatten;
      break;
  }
  auto files = objects::ResultFiles::Create(world_.objects, spec);
  if (!files.ok()) return files.status();
  const aws::ArnContext context{arns_.region, job->ns};
  std::map<int64_t, Payload> inputs;
  int32_t redrives = 0;
  absl::Status added;
  MapRunHistory history(&store, job->ref, job->map_run, MapRunHistory::Place());
  absl::Status status = history.Read([&](const core::Event& event) {
    if (const auto* started = event.As<core::MapChildrenStarted>()) {
      int64_t index = started->first_index;
      for (const Value& input : started->inputs.value().AsArray()) {
        inputs[index++] = Payload::FromValue(input);
      }
    } else if (const auto* read = event.As<core::MapChildrenRead>()) {
      const Value::Elements& given = read->inputs.value().AsArray();
      for (size_t i = 0; i < given.size(); ++i) {
        inputs[read->indexes[i]] = Payload::FromValue(given[i]);
      }
    } else if (event.Is<core::MapRunRedriven>()) {
      ++redrives;
      inputs.clear();  // of those at work: they are read again
    } else if (const auto* ended = event.As<core::MapChildEnded>()) {
      const Payload input = std::move(inputs[ended->index]);
      inputs.erase(ended->index);
      // Without success it ends again after the next redrive.
      const bool is_last =
          ended->status == core::ExecutionStatus::kSucceeded || redrives == job->redrives;
      if (is_last) added = (*files)->Add(RecordOf(*job, context, *ended, input, event.time));
    }
    return added.ok();
  });
  if (status.ok()) status = added;
  if (!status.ok()) return status;
  absl::StatusOr<objects::ManifestLocation> manifest = (*files)->Finish();
  if (!manifest.ok()) return manifest.status();
  job->command.details = objects::ToResultWriterDetails(*manifest);
  return absl::OkStatus();
}

}  // namespace pawl::runtime
