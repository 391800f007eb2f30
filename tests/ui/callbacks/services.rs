#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Order {
    id: String,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
#[serde(rename_all = "PascalCase")]
struct Request {
    queue_url: String,
    message_body: Order,
}

#[task(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn no_callback(queue_url: String, message_body: Order) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage", rename_all = "PascalCase")]
async fn waits_for_nothing(queue_url: String, #[serde(rename = "MessageBody.token")] token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::batch:submitJob.waitForTaskToken", rename_all = "PascalCase")]
async fn cannot_wait(job_name: String, #[serde(rename = "Parameters.token")] token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn no_token(queue_url: String, message_body: Order) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn no_place(queue_url: String, message_body: Order, token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken")]
async fn whole_request(request: Request, #[serde(rename = "MessageBody.token")] token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn inside_of_another(
    queue_url: String,
    message_body: Order,
    #[serde(rename = "MessageBody.token")] token: TaskToken<u64>,
) {
}

#[task(callback, resource = "arn:aws:states:::ecs:runTask.waitForTaskToken", rename_all = "PascalCase")]
async fn through_an_array(
    cluster: String,
    #[serde(rename = "Overrides[0].Name")] name: String,
    #[serde(rename = "Overrides.Token")] token: TaskToken<u64>,
) {
}

#[task(callback, resource = "arn:aws:states:::ecs:runTask.waitForTaskToken", rename_all = "PascalCase")]
async fn a_gap(cluster: String, #[serde(rename = "Command[1]")] token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn no_path(queue_url: String, #[serde(rename = "MessageBody..token")] token: TaskToken<u64>) {}

#[task(callback, resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", rename_all = "PascalCase")]
async fn not_pascal_case(queue_url: String, #[serde(rename = "messageBody.token")] token: TaskToken<u64>) {}

#[task(resource = "arn:aws:states:::sns:publish", rename_all = "PascalCase")]
async fn filled_twice(topic_arn: String, #[serde(rename = "TopicArn")] topic: String) {}

#[task(callback)]
async fn key_without_request(#[serde(rename = "token")] token: TaskToken<u64>, order: Order) {}

#[task]
async fn key_of_the_context(#[serde(rename = "Context")] context: TaskContext) {}

fn main() {}
