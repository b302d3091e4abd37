#include "tests/simulation/machines.h"

namespace pawl::simulation {
namespace {

constexpr Machine kMachines[] = {
    {"sequence", R"({"StartAt":"A","States":{
       "A":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"ResultPath":"$.a","Next":"B",
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30,"IntervalSeconds":1}]},
       "B":{"Type":"Wait","Seconds":7,"Next":"C"},
       "C":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"HeartbeatSeconds":15,"ResultPath":"$.c","End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30,"IntervalSeconds":1,"JitterStrategy":"FULL"}]}}})"},
    {"fan", R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
       "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}],
       "Branches":[
        {"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"End":true,
          "ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"End":true,
             "Retry":[{"ErrorEquals":["States.Timeout"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}}}}},
        {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":40,"End":true}}}]}}})"},
    {"callback", R"({"StartAt":"T","States":{"T":{"Type":"Task","TimeoutSeconds":60,
       "Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true,
       "Parameters":{"token.$":"$$.Task.Token"},
       "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
    {"nap", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"Next":"T"},
       "T":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
    // Reads items from an object, batches them, writes results to another.
    {"bulk",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","MaxConcurrency":4,"End":true,
       "ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSONL"},
                     "Parameters":{"Bucket":"in","Key":"items.jsonl"}},
       "ItemBatcher":{"MaxItemsPerBatch":2},
       "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"T","States":{
          "T":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"End":true,
               "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}},
       "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"r"}}}}})"},
    // EXPRESS children, whose results are the state's.
    {"swarm",
     R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map","Label":"bees","MaxConcurrency":3,
       "Items":"{% $states.input.items %}","Assign":{"count":"{% $count($states.result) %}"},"Next":"C",
       "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"T","States":{
          "T":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"End":true,
               "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}}},
       "C":{"Type":"Choice","Choices":[{"Condition":"{% $count = 4 %}","Next":"S"}],"Default":"F"},
       "S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"ResultsAreMissing"}}})"},
    // More fails than is tolerated while the other children are asleep: they must be stopped.
    {"spoiled", R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","ItemsPath":"$.items",
       "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"C","States":{
          "C":{"Type":"Choice","Choices":[{"Variable":"$","NumericEquals":3,"Next":"W"}],"Default":"L"},
          "W":{"Type":"Wait","Seconds":5,"Next":"F"},"F":{"Type":"Fail","Error":"Spoiled"},
          "L":{"Type":"Wait","Seconds":90000000,"End":true}}},
       "Catch":[{"ErrorEquals":["States.ExceedToleratedFailureThreshold"],"Next":"S"}],"Next":"S"},
       "S":{"Type":"Succeed"}}})"},
    // Waits for another execution; a time-out now and then stops it and starts another one.
    {"parent", R"({"StartAt":"N","States":{"N":{"Type":"Task","TimeoutSeconds":300,"End":true,
       "Resource":"arn:aws:states:::states:startExecution.sync:2",
       "Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:sequence","Input":{"n":1}},
       "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
    // Only its start and its end are stored; after a crash it is run again.
    {"quick",
     R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":20,"End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":5}]}}})",
     "EXPRESS"},
    // Nothing but its worker ends its task: what is forgotten is never mended by a time-out.
    {"patient", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:work","Next":"U",
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]},
       "U":{"Type":"Task","Resource":"pawl:work","ResultPath":"$.u","End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
    // Only its heartbeats end a task that nobody works at.
    {"beating",
     R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:work","HeartbeatSeconds":40,"End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
    // Kills every worker that takes it.
    {"poison", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:poison","End":true,
            "Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}],
            "Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"S"}]},
       "S":{"Type":"Succeed"}}})"},
    // Payloads around the limit.
    {"bulky",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","End":true,"ResultPath":null,
       "ItemSelector":{"all.$":"$","i.$":"$$.Map.Item.Value"},
       "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":60,"End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}}}}})"},
    // The store may refuse what it writes.
    {"doomed", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:work","Next":"U",
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]},
       "U":{"Type":"Task","Resource":"pawl:work","ResultPath":"$.u","End":true,
            "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1000,"MaxDelaySeconds":30}]}}})"},
};

}  // namespace

absl::Span<const Machine> Machines() { return kMachines; }

}  // namespace pawl::simulation
