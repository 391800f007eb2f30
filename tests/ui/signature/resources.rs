#![allow(unused)]

use durafn::prelude::*;

#[task(resource = "sns:publish")]
async fn no_arn(n: u64) {}

#[task(resource = "arn:aws:states:::sqs:deleteMessage", rename_all = "PascalCase")]
async fn not_optimised(queue_url: String, receipt_handle: String) {}

#[task(resource = "arn:aws:states:::carrier:pigeon")]
async fn no_service() {}

#[task(resource = "arn:aws:states:::sqs:sendMessage.sync", rename_all = "PascalCase")]
async fn not_waited_for(queue_url: String, message_body: String) {}

#[task(resource = "arn:aws:states:::aws-sdk:s3:GetObject", rename_all = "PascalCase")]
async fn not_camel_case(bucket: String, key: String) {}

#[task(resource = "arn:aws:states:::sns:publish", rename_all = "Pascal")]
async fn not_a_rule(topic_arn: String, #[serde(rename = "Message", default)] message: String) {}

#[task(resource = "arn:aws:states:::sns:publish")]
async fn not_pascal_case(topic_arn: String, #[serde(rename = "Message")] message: String) {}

#[workflow]
async fn not_a_task(#[serde(rename = "Order")] order: u64) -> u64 {
    order
}

fn main() {}
