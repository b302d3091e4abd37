// Source: the services' public API models. Fields that no workflow reads are left out: what is not
// named is not looked at.
#include "engine/test_state/api_shapes.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace pawl::test_state {
namespace {

struct Row {
  const char* name;
  const char* shape;
};

constexpr Row kNamed[] = {
    {"Attribute",
     "{S:string N:string B:string SS:[string] NS:[string] BS:[string] M:<@Attribute> "
     "L:[@Attribute] NULL:boolean BOOL:boolean}"},
    {"Item", "<@Attribute>"},
    {"Capacity",
     "{TableName:string CapacityUnits:number ReadCapacityUnits:number WriteCapacityUnits:number}"},
    {"CollectionMetrics", "{ItemCollectionKey:@Item SizeEstimateRangeGB:[number]}"},
    {"Written",
     "{Attributes:@Item ConsumedCapacity:@Capacity ItemCollectionMetrics:@CollectionMetrics}"},
    {"ItemPage",
     "{Items:[@Item] Count:number ScannedCount:number LastEvaluatedKey:@Item "
     "ConsumedCapacity:@Capacity}"},
    {"EventEntry", "{EventId:string ErrorCode:string ErrorMessage:string}"},
    {"FunctionConfiguration",
     "{FunctionName:string[1,170] FunctionArn:string Runtime:string Role:string "
     "Handler:string[,128] CodeSize:number Description:string[,256] Timeout:number[1,] "
     "MemorySize:number[128,10240] LastModified:string CodeSha256:string Version:string[1,1024] "
     "Environment:{Variables:<string> Error:{ErrorCode:string Message:string}} KMSKeyArn:string "
     "DeadLetterConfig:{TargetArn:string} TracingConfig:{Mode:string(Active|PassThrough)} "
     "MasterArn:string RevisionId:string Layers:[{Arn:string[1,140] CodeSize:number}] "
     "State:string(Pending|Active|Inactive|Failed|Deactivating|Deactivated|ActiveNonInvocable|"
     "Deleting) StateReason:string StateReasonCode:string "
     "LastUpdateStatus:string(Successful|Failed|InProgress) LastUpdateStatusReason:string "
     "LastUpdateStatusReasonCode:string PackageType:string(Zip|Image) "
     "Architectures:[string(x86_64|arm64)] EphemeralStorage:{Size!:number[512,10240]}}"},
    {"ExecutionStatus", "string(RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED|PENDING_REDRIVE)"},
    {"SqsMessage",
     "{MessageId:string ReceiptHandle:string MD5OfBody:string Body:string Attributes:<string> "
     "MD5OfMessageAttributes:string}"},
    {"EcsFailure", "{Arn:string Reason:string Detail:string}"},
    {"EcsTask",
     "{TaskArn:string ClusterArn:string TaskDefinitionArn:string LastStatus:string "
     "DesiredStatus:string StoppedReason:string Cpu:string Memory:string Group:string "
     "LaunchType:string(EC2|FARGATE|EXTERNAL|MANAGED_INSTANCES) Version:number "
     "Containers:[{ContainerArn:string Name:string "
     "LastStatus:string ExitCode:number Reason:string}]}"},
    {"S3Encryption", "string(AES256|aws:fsx|aws:kms|aws:kms:dsse)"},
    {"S3Charged", "string(requester)"},
    {"S3StorageClass",
     "string(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|"
     "DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|EXPRESS_ONEZONE|FSX_OPENZFS|FSX_ONTAP)"},
    {"S3Written",
     "{Expiration:string ETag:string ServerSideEncryption:@S3Encryption VersionId:string "
     "SSEKMSKeyId:string BucketKeyEnabled:boolean Size:number RequestCharged:@S3Charged}"},
    {"KmsAlgorithm", "string(SYMMETRIC_DEFAULT|RSAES_OAEP_SHA_1|RSAES_OAEP_SHA_256|SM2PKE)"},
    {"S3Head",
     "{DeleteMarker:boolean AcceptRanges:string Expiration:string Restore:string "
     "LastModified:string ContentLength:number ETag:string MissingMeta:number VersionId:string "
     "CacheControl:string ContentDisposition:string ContentEncoding:string ContentLanguage:string "
     "ContentType:string Expires:string WebsiteRedirectLocation:string "
     "ServerSideEncryption:@S3Encryption Metadata:<string> SSECustomerAlgorithm:string "
     "SSEKMSKeyId:string BucketKeyEnabled:boolean StorageClass:@S3StorageClass "
     "RequestCharged:@S3Charged "
     "ReplicationStatus:string(COMPLETE|PENDING|FAILED|REPLICA|COMPLETED) PartsCount:number "
     "TagCount:number ObjectLockMode:string(GOVERNANCE|COMPLIANCE)}"},
};

constexpr Row kResponses[] = {
    {"lambda:invoke",
     "{StatusCode:number FunctionError:string LogResult:string Payload:string "
     "ExecutedVersion:string[1,1024]}"},
    {"lambda:getFunction",
     "{Configuration:@FunctionConfiguration Code:{RepositoryType:string Location:string "
     "ImageUri:string ResolvedImageUri:string SourceKMSKeyArn:string} Tags:<string> "
     "Concurrency:{ReservedConcurrentExecutions:number[0,]}}"},
    {"lambda:getFunctionConfiguration", "@FunctionConfiguration"},

    {"events:putEvents", "{FailedEntryCount:number Entries:[@EventEntry]}"},

    {"states:startExecution", "{ExecutionArn!:string[1,256] StartDate!:string}"},
    {"states:startSyncExecution",
     "{ExecutionArn!:string[1,256] StateMachineArn:string[1,256] Name:string[1,80] "
     "StartDate!:string StopDate!:string Status!:string(SUCCEEDED|FAILED|TIMED_OUT) "
     "Error:string[,256] Cause:string[,32768] Input:string Output:string "
     "TraceHeader:string[,256]}"},
    {"states:describeExecution",
     "{ExecutionArn!:string[1,256] StateMachineArn!:string[1,256] Name:string[1,80] "
     "Status!:@ExecutionStatus StartDate!:string StopDate:string Input:string Output:string "
     "Error:string[,256] Cause:string[,32768] RedriveCount:number[0,]}"},
    {"states:stopExecution", "{StopDate!:string}"},
    // By AWS's record the dates of an awaited child are numbers there.
    {"states:startExecution.sync",
     "{ExecutionArn!:string[1,256] StateMachineArn!:string[1,256] Name:string[1,80] "
     "Status!:@ExecutionStatus StartDate!:any StopDate:any Input:any Output:any}"},

    {"sqs:sendMessage",
     "{MD5OfMessageBody:string MD5OfMessageAttributes:string MD5OfMessageSystemAttributes:string "
     "MessageId:string SequenceNumber:string}"},
    {"sqs:sendMessageBatch",
     "{Successful!:[{Id!:string MessageId!:string MD5OfMessageBody!:string "
     "SequenceNumber:string}] Failed!:[{Id!:string SenderFault!:boolean Code!:string "
     "Message:string}]}"},
    {"sqs:receiveMessage", "{Messages:[@SqsMessage]}"},
    {"sqs:getQueueUrl", "{QueueUrl:string}"},
    {"sqs:getQueueAttributes", "{Attributes:<string>}"},

    {"sns:publish", "{MessageId:string SequenceNumber:string}"},
    {"sns:publishBatch",
     "{Successful:[{Id:string MessageId:string SequenceNumber:string}] "
     "Failed:[{Id!:string Code!:string Message:string SenderFault!:boolean}]}"},

    {"dynamodb:getItem", "{Item:@Item ConsumedCapacity:@Capacity}"},
    {"dynamodb:putItem", "@Written"},
    {"dynamodb:updateItem", "@Written"},
    {"dynamodb:deleteItem", "@Written"},
    {"dynamodb:query", "@ItemPage"},
    {"dynamodb:scan", "@ItemPage"},
    {"dynamodb:batchGetItem",
     "{Responses:<[@Item]> UnprocessedKeys:<any> ConsumedCapacity:[@Capacity]}"},
    {"dynamodb:batchWriteItem",
     "{UnprocessedItems:<[any]> ItemCollectionMetrics:<[@CollectionMetrics]> "
     "ConsumedCapacity:[@Capacity]}"},
    {"dynamodb:transactWriteItems",
     "{ConsumedCapacity:[@Capacity] ItemCollectionMetrics:<[@CollectionMetrics]>}"},

    {"s3:getObject", "@S3Head"},
    {"s3:headObject", "@S3Head"},
    {"s3:putObject", "@S3Written"},
    {"s3:copyObject",
     "{CopyObjectResult:{ETag:string LastModified:string} VersionId:string "
     "CopySourceVersionId:string}"},
    {"s3:deleteObject", "{DeleteMarker:boolean VersionId:string RequestCharged:@S3Charged}"},
    {"s3:listObjectsV2",
     "{IsTruncated:boolean Contents:[{Key:string[1,] LastModified:string ETag:string Size:number "
     "StorageClass:@S3StorageClass}] Name:string Prefix:string Delimiter:string MaxKeys:number "
     "CommonPrefixes:[{Prefix:string}] KeyCount:number ContinuationToken:string "
     "NextContinuationToken:string StartAfter:string}"},
    {"s3:listBuckets",
     "{Buckets:[{Name:string CreationDate:string}] Owner:{DisplayName:string ID:string}}"},

    {"kms:encrypt",
     "{CiphertextBlob:string[1,6144] KeyId:string[1,2048] EncryptionAlgorithm:@KmsAlgorithm}"},
    {"kms:decrypt",
     "{KeyId:string[1,2048] Plaintext:string[1,4096] EncryptionAlgorithm:@KmsAlgorithm}"},
    {"kms:generateDataKey",
     "{CiphertextBlob:string[1,6144] Plaintext:string[1,4096] KeyId:string[1,2048]}"},

    {"secretsmanager:getSecretValue",
     "{ARN:string[20,2048] Name:string[1,256] VersionId:string[32,64] SecretBinary:string "
     "SecretString:string[1,65536] VersionStages:[string[1,256]] CreatedDate:string}"},
    {"ssm:getParameter",
     "{Parameter:{Name:string[1,2048] Type:string(String|StringList|SecureString) Value:string "
     "Version:number "
     "Selector:string "
     "SourceResult:string LastModifiedDate:string ARN:string DataType:string}}"},

    {"ecs:runTask", "{Tasks:[@EcsTask] Failures:[@EcsFailure]}"},
    {"ecs:runTask.sync", "{Tasks:[@EcsTask] Failures:[@EcsFailure]}"},
    {"glue:startJobRun", "{JobRunId:string[1,255]}"},
    {"glue:startJobRun.sync",
     "{Id:string[1,255] Attempt:number JobName:string[1,255] "
     "JobRunState:string(STARTING|RUNNING|STOPPING|STOPPED|SUCCEEDED|FAILED|TIMEOUT|ERROR|WAITING|"
     "EXPIRED) "
     "ErrorMessage:string Arguments:<string> ExecutionTime:number Timeout:number[1,] "
     "MaxCapacity:number NumberOfWorkers:number WorkerType:string GlueVersion:string}"},
    {"athena:startQueryExecution", "{QueryExecutionId:string[1,128]}"},
    {"batch:submitJob", "{JobArn:string JobName!:string JobId!:string}"},
};

using Table = absl::flat_hash_map<std::string, absl::string_view>;

template <size_t N>
Table* MakeTable(const Row (&rows)[N]) {
  auto* table = new Table;
  for (const Row& row : rows) table->emplace(row.name, row.shape);
  return table;
}

absl::string_view Find(const Table& table, const std::string& name) {
  const auto it = table.find(name);
  return it == table.end() ? absl::string_view() : it->second;
}

}  // namespace

absl::string_view ResponseShape(absl::string_view service, absl::string_view action) {
  static const Table* responses = MakeTable(kResponses);
  if (service == "sfn") service = "states";
  return Find(*responses, absl::StrCat(service, ":", action));
}

absl::string_view NamedShape(absl::string_view name) {
  static const Table* named = MakeTable(kNamed);
  const absl::string_view shape = Find(*named, std::string(name));
  return shape.empty() ? absl::string_view("any") : shape;
}

}  // namespace pawl::test_state
