// The Go SDK against an engine at PAWL_URL: the life of a machine, typed errors, paginators, an
// activity worker, and synchronous executions.
package clients

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	role = "arn:aws:iam::000000000000:role/pawl"
	pass = `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`
)

var (
	ctx    = context.Background()
	number = 0
)

// A client that keeps to the endpoint: without the prefix of the synchronous calls.
func newClient(t *testing.T) *sfn.Client {
	url := os.Getenv("PAWL_URL")
	if url == "" {
		t.Fatal("PAWL_URL names no engine; run tests/clients/others")
	}
	return sfn.New(sfn.Options{
		BaseEndpoint: aws.String(url),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		RetryMaxAttempts: 10,
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("NoHostPrefix",
				func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
					middleware.InitializeOutput, middleware.Metadata, error) {
					return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
				}), middleware.Before)
		}},
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newName() string {
	number++
	return fmt.Sprintf("go-%d", number)
}

func newMachine(t *testing.T, client *sfn.Client, definition string, kind types.StateMachineType) *string {
	t.Helper()
	created, err := client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String(newName()), Definition: aws.String(definition), RoleArn: aws.String(role), Type: kind})
	check(t, err)
	return created.StateMachineArn
}

// The API has nothing to wait on.
func ended(t *testing.T, client *sfn.Client, execution *string) *sfn.DescribeExecutionOutput {
	t.Helper()
	for {
		found, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: execution})
		check(t, err)
		if found.Status != types.ExecutionStatusRunning {
			return found
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestLifeOfAMachine(t *testing.T) {
	client := newClient(t)
	machine := newMachine(t, client, pass, types.StateMachineTypeStandard)
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: machine, Input: aws.String(`{"ü":1}`)})
	check(t, err)
	found := ended(t, client, started.ExecutionArn)
	if found.Status != types.ExecutionStatusSucceeded || aws.ToString(found.Output) != `{"ü":1}` {
		t.Errorf("%s %s", found.Status, aws.ToString(found.Output))
	}
	if found.StopDate.Before(*found.StartDate) || found.Error != nil {
		t.Errorf("%v %v %v", found.StartDate, found.StopDate, found.Error)
	}
	_, err = client.DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: machine})
	check(t, err)
}

func TestErrorsAreTyped(t *testing.T) {
	client := newClient(t)
	arn := "arn:aws:states:us-east-1:000000000000:stateMachine:none"
	_, err := client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(arn)})
	var missing *types.StateMachineDoesNotExist
	if !errors.As(err, &missing) || missing.ErrorMessage() != "State Machine Does Not Exist: '"+arn+"'" {
		t.Errorf("%v", err)
	}
	_, err = client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{
		TaskToken: aws.String("x"), Output: aws.String("{}")})
	var token *types.InvalidToken
	if !errors.As(err, &token) {
		t.Errorf("%v", err)
	}
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.HTTPStatusCode() != 400 {
		t.Errorf("%v", err)
	}
}

func TestPaginators(t *testing.T) {
	client := newClient(t)
	machine := newMachine(t, client, pass, types.StateMachineTypeStandard)
	for i := 0; i < 5; i++ {
		_, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
			StateMachineArn: machine, Name: aws.String(fmt.Sprintf("e%d", i))})
		check(t, err)
	}
	sizes := []int{}
	pages := sfn.NewListExecutionsPaginator(client, &sfn.ListExecutionsInput{
		StateMachineArn: machine, MaxResults: 2})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(t, err)
		sizes = append(sizes, len(page.Executions))
	}
	if fmt.Sprint(sizes) != "[2 2 1]" {
		t.Errorf("%v", sizes)
	}
}

func TestActivityWorker(t *testing.T) {
	client := newClient(t)
	activity, err := client.CreateActivity(ctx, &sfn.CreateActivityInput{Name: aws.String(newName())})
	check(t, err)
	definition := fmt.Sprintf(`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":%q,"End":true}}}`,
		*activity.ActivityArn)
	machine := newMachine(t, client, definition, types.StateMachineTypeStandard)
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: machine, Input: aws.String(`"work"`)})
	check(t, err)
	task, err := client.GetActivityTask(ctx, &sfn.GetActivityTaskInput{
		ActivityArn: activity.ActivityArn, WorkerName: aws.String("go")})
	check(t, err)
	_, err = client.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: task.TaskToken})
	check(t, err)
	_, err = client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: task.Input})
	check(t, err)
	if found := ended(t, client, started.ExecutionArn); aws.ToString(found.Output) != `"work"` {
		t.Errorf("%s %s", found.Status, aws.ToString(found.Output))
	}
	_, err = client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: task.Input})
	var late *types.TaskTimedOut
	if !errors.As(err, &late) {
		t.Errorf("%v", err)
	}
}

func TestSynchronousExecutions(t *testing.T) {
	client := newClient(t)
	machine := newMachine(t, client, pass, types.StateMachineTypeExpress)
	found, err := client.StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: machine})
	check(t, err)
	if found.Status != types.SyncExecutionStatusSucceeded {
		t.Errorf("%s", found.Status)
	}
}
