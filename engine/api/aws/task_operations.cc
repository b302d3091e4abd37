// Answers to tasks by their tokens.
#include "engine/api/aws/operations.h"

namespace pawl::api::aws_json {

void SendTaskSuccess(const CallPtr& call) {
  call->service().tasks.SendSuccess(call->context(), call->request().Text("taskToken"),
                                    call->request().Text("output"), AnswerEmpty(call));
}

void SendTaskFailure(const CallPtr& call) {
  const RequestMembers& request = call->request();
  call->service().tasks.SendFailure(call->context(), request.Text("taskToken"),
                                    request.OptionalText("error"), request.OptionalText("cause"),
                                    AnswerEmpty(call));
}

void SendTaskHeartbeat(const CallPtr& call) {
  call->service().tasks.SendHeartbeat(call->context(), call->request().Text("taskToken"),
                                      /*details=*/"", AnswerEmpty(call));
}

}  // namespace pawl::api::aws_json
