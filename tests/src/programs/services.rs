//! Service integrations: `#[task(resource = "..")]`. The bodies stand in for the services.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Order {
    id: String,
    cents: u32,
}

/// What DynamoDB writes around a value.
#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Attribute {
    #[serde(rename = "S", default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(rename = "N", default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Invoked {
    status_code: u16,
    payload: u32,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum PriceError {
    Unknown {
        id: String,
    },
    #[fault]
    Fault(Fault),
}

/// A function of another team, with its own payload.
#[task(
    resource = "arn:aws:states:::lambda:invoke",
    rename_all = "PascalCase",
    retry(on = "Lambda.TooManyRequestsException", attempts = 2)
)]
async fn price(function_name: String, payload: Order) -> Result<Invoked, PriceError> {
    let Order { id, cents } = payload;
    match &*id {
        "unknown" => Err(PriceError::Unknown { id: function_name }),
        "panic" => panic!("the function is broken"),
        _ => Ok(Invoked { status_code: 200, payload: cents + 1 }),
    }
}

#[workflow]
async fn lambda(order: Order) -> Result<u32, PriceError> {
    match price("prices:live".to_string(), order.clone()).await {
        Ok(invoked) => Ok(invoked.payload + invoked.status_code as u32),
        Err(PriceError::Unknown { id }) if order.cents > 5 => Err(PriceError::Unknown { id: format!("{id}!") }),
        Err(error) => Err(error),
    }
}
agrees!(lambda [{"id": "a", "cents": 1}, {"id": "unknown", "cents": 1}, {"id": "unknown", "cents": 9}, {"id": "panic", "cents": 1}]);

#[task(resource = "arn:aws:lambda:us-east-1:123456789012:function:price")]
async fn price_by_arn(order: Order) -> Result<u32, PriceError> {
    if order.cents == 0 { Err(PriceError::Unknown { id: order.id }) } else { Ok(order.cents) }
}

#[workflow]
async fn lambda_by_arn(order: Order) -> Result<u32, PriceError> {
    match price_by_arn(order).await {
        Err(PriceError::Unknown { id }) if id == "free" => Ok(0),
        other => other,
    }
}
agrees!(lambda_by_arn [{"id": "a", "cents": 1}, {"id": "free", "cents": 0}, {"id": "b", "cents": 0}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Published {
    message_id: String,
}

#[task(resource = "arn:aws:states:::sns:publish")]
async fn publish(#[serde(rename = "TopicArn")] topic: String, #[serde(rename = "Message")] text: String) -> Published {
    Published { message_id: format!("{}-{}", topic.len(), text.len()) }
}

#[workflow]
async fn sns(order: Order) -> String {
    let published =
        publish("arn:aws:sns:us-east-1:123456789012:orders".to_string(), format!("order {}", order.id)).await;
    published.message_id
}
agrees!(sns [{"id": "a", "cents": 1}, {"id": "", "cents": 0}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Message {
    queue_url: String,
    message_body: Order,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<u32>,
}

/// Nobody reads the answer.
#[task(resource = "arn:aws:states:::sqs:sendMessage")]
async fn send(message: Message) {
    assert!(message.message_body.id != "panic", "no queue");
}

#[workflow]
async fn sqs(order: Order) {
    let delay_seconds = if order.cents > 5 { Some(order.cents) } else { None };
    let queue_url = "https://sqs.us-east-1.amazonaws.com/123456789012/orders".to_string();
    send(Message { queue_url, message_body: order, delay_seconds }).await
}
agrees!(sqs [{"id": "a", "cents": 1}, {"id": "b", "cents": 9}, {"id": "panic", "cents": 0}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<BTreeMap<String, Attribute>>,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum TableError {
    #[failure(name = "DynamoDB.ConditionalCheckFailedException")]
    Exists,
    #[failure(name = "DynamoDB.ProvisionedThroughputExceededException")]
    Busy,
    #[fault]
    Fault(Fault),
}

#[task(resource = "arn:aws:states:::dynamodb:getItem", rename_all = "PascalCase")]
async fn get_item(table_name: String, key: BTreeMap<String, Attribute>) -> Result<Found, TableError> {
    match key["id"].text.as_deref() {
        Some("missing") => Ok(Found { item: None }),
        Some("busy") => Err(TableError::Busy),
        _ => {
            Ok(Found { item: Some([("table".to_string(), Attribute { text: Some(table_name), number: None })].into()) })
        }
    }
}

#[task(resource = "arn:aws:states:::dynamodb:putItem", rename_all = "PascalCase")]
async fn put_item(
    table_name: String,
    item: BTreeMap<String, Attribute>,
    condition_expression: String,
) -> Result<(), TableError> {
    assert!(condition_expression.contains("attribute_not_exists"), "{table_name}");
    match item["id"].text.as_deref() {
        Some("exists") => Err(TableError::Exists),
        Some("panic") => panic!("no table"),
        _ => Ok(()),
    }
}

#[workflow]
async fn dynamodb(order: Order) -> Result<String, TableError> {
    let id = Attribute { text: Some(order.id.clone()), number: None };
    let mut key = BTreeMap::new();
    key.insert("id".to_string(), id.clone());
    let found = get_item("orders".to_string(), key.clone()).await?;
    if let Some(item) = found.item {
        let table = item.get("table").and_then(|table| table.text.clone());
        key.insert("from".to_string(), Attribute { text: table, number: None });
    }
    key.insert("cents".to_string(), Attribute { text: None, number: Some(order.cents.to_string()) });
    match put_item("orders".to_string(), key, "attribute_not_exists(id)".to_string()).await {
        Ok(()) => Ok("new".to_string()),
        Err(TableError::Exists) => Ok("old".to_string()),
        Err(error) => {
            let mut failed = BTreeMap::new();
            failed.insert("id".to_string(), id);
            put_item("failures".to_string(), failed, "attribute_not_exists(id)".to_string()).await?;
            Err(error)
        }
    }
}
agrees!(dynamodb [
    {"id": "a", "cents": 1}, {"id": "missing", "cents": 2}, {"id": "busy", "cents": 3}, {"id": "exists", "cents": 4}, {"id": "panic", "cents": 5}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Object {
    body: String,
    content_length: u32,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum ObjectError {
    #[failure(name = "S3.NoSuchKeyException")]
    NoSuchKey,
    #[fault]
    Fault(Fault),
}

#[task(resource = "arn:aws:states:::aws-sdk:s3:getObject", rename_all = "PascalCase")]
async fn get_object(bucket: String, key: String) -> Result<Object, ObjectError> {
    let body = format!("{bucket}/{key}");
    if key.is_empty() { Err(ObjectError::NoSuchKey) } else { Ok(Object { content_length: body.len() as u32, body }) }
}

#[task(resource = "arn:aws:states:::aws-sdk:s3:putObject", rename_all = "PascalCase")]
async fn put_object(bucket: String, key: String, body: String) -> Result<(), ObjectError> {
    assert!(!bucket.is_empty() && !key.is_empty() && !body.is_empty());
    Ok(())
}

#[workflow]
async fn s3(key: String) -> Result<u32, ObjectError> {
    let object = get_object("orders".to_string(), key.clone()).await;
    let bytes = match &object {
        Ok(object) => object.content_length,
        Err(ObjectError::NoSuchKey) => 0,
        Err(_) => 1,
    };
    if let Ok(Object { body, .. }) = object {
        put_object("copies".to_string(), key, body).await?;
    }
    Ok(bytes)
}
agrees!(s3 ["a", "", "a b/ü"]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Container {
    name: String,
    exit_code: i32,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Ran {
    last_status: String,
    containers: Vec<Container>,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum JobError {
    #[fault]
    Fault(Fault),
}

#[task(resource = "arn:aws:states:::ecs:runTask.sync", rename_all = "PascalCase", timeout = "1h")]
async fn run_container(cluster: String, launch_type: String, task_definition: String) -> Result<Ran, JobError> {
    assert!(cluster != "panic", "no such cluster");
    let containers = vec![Container { name: launch_type, exit_code: task_definition.len() as i32 }];
    Ok(Ran { last_status: "STOPPED".to_string(), containers })
}

#[workflow]
async fn ecs(cluster: String) -> Result<i32, JobError> {
    let ran = run_container(cluster, "FARGATE".to_string(), "rebuild:7".to_string()).await;
    match ran {
        Ok(ran) => Ok(ran.containers.iter().map(|container| container.exit_code).sum()),
        Err(JobError::Fault(Fault::TaskFailed { .. })) => Ok(-1),
        Err(error) => Err(error),
    }
}
agrees!(ecs ["main", "panic"]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Job {
    job_id: String,
    status: String,
}

#[task(
    resource = "arn:aws:states:::batch:submitJob.sync",
    rename_all = "PascalCase",
    retry(on = "States.TaskFailed", attempts = 1)
)]
async fn submit_job(
    job_name: String,
    job_queue: String,
    job_definition: String,
    parameters: BTreeMap<String, String>,
    context: TaskContext,
) -> Result<Job, JobError> {
    assert!(job_name != "panic" && (job_name != "twice" || context.attempt() > 1), "the job failed");
    let rows = parameters.get("rows").cloned().unwrap_or_default();
    Ok(Job { job_id: format!("{job_name}@{job_queue}/{job_definition}:{rows}"), status: "SUCCEEDED".to_string() })
}

#[workflow]
async fn batch(name: String, rows: Option<u32>) -> Result<String, JobError> {
    let mut parameters = BTreeMap::new();
    if let Some(rows) = rows {
        parameters.insert("rows".to_string(), rows.to_string());
    }
    let job = submit_job(name, "nightly".to_string(), "etl:3".to_string(), parameters).await?;
    Ok(job.job_id)
}
agrees!(batch [{"name": "load", "rows": 3}, {"name": "load"}, {"name": "twice", "rows": null}, {"name": "panic", "rows": 1}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Event {
    detail: Order,
    detail_type: String,
    source: String,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Put {
    failed_entry_count: u32,
}

#[task(resource = "arn:aws:states:::events:putEvents")]
async fn put_events(#[serde(rename = "Entries")] events: Vec<Event>) -> Put {
    Put { failed_entry_count: events.iter().filter(|event| event.detail.cents == 0).count() as u32 }
}

#[workflow]
async fn eventbridge(orders: Vec<Order>) -> bool {
    let events: Vec<Event> = orders
        .iter()
        .map(|order| Event {
            detail: order.clone(),
            detail_type: format!("{} placed", order.id),
            source: "shop".to_string(),
        })
        .collect();
    let put = put_events(events).await;
    put.failed_entry_count == 0
}
agrees!(eventbridge [[], [{"id": "a", "cents": 1}], [{"id": "a", "cents": 1}, {"id": "b", "cents": 0}]]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Request {
    api_endpoint: String,
    method: String,
    authentication: Authentication,
    request_body: Order,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Authentication {
    connection_arn: String,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Response {
    status_code: u16,
    response_body: Order,
}

#[task(resource = "arn:aws:states:::http:invoke", retry(on = ["States.Http.StatusCode.429", "States.Http.StatusCode.503"], attempts = 2))]
async fn post(request: Request) -> Result<Response, JobError> {
    let Request { request_body: Order { id, cents }, api_endpoint, .. } = request;
    match cents {
        0 => Err(JobError::Fault(Fault::Other {
            name: "States.Http.StatusCode.404".to_string(),
            cause: "Not Found".to_string(),
        })),
        _ => Ok(Response {
            status_code: 200,
            response_body: Order { id: format!("{api_endpoint}/{id}"), cents: cents + 1 },
        }),
    }
}

#[workflow]
async fn http(order: Order) -> Result<Order, JobError> {
    let connection_arn = "arn:aws:events:us-east-1:123456789012:connection/shop/1".to_string();
    let request = Request {
        api_endpoint: "https://shop.example/orders".to_string(),
        method: "POST".to_string(),
        authentication: Authentication { connection_arn },
        request_body: order,
    };
    match post(request).await {
        Ok(response) if response.status_code == 200 => Ok(response.response_body),
        Ok(_) => Ok(Order { id: "?".to_string(), cents: 0 }),
        Err(JobError::Fault(Fault::Other { name, .. })) if name == "States.Http.StatusCode.404" => {
            Ok(Order { id: "none".to_string(), cents: 0 })
        }
        Err(error) => Err(error),
    }
}
agrees!(http [{"id": "a", "cents": 1}, {"id": "a", "cents": 0}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Started {
    execution_arn: String,
}

#[task(resource = "arn:aws:states:::states:startExecution", rename_all = "PascalCase")]
async fn start_execution(state_machine_arn: String, input: Order) -> Started {
    Started { execution_arn: format!("{state_machine_arn}:{}", input.id) }
}

#[workflow]
async fn step_functions(order: Order) -> String {
    start_execution("arn:aws:states:us-east-1:123456789012:stateMachine:audit".to_string(), order).await.execution_arn
}
agrees!(step_functions [{"id": "a", "cents": 1}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Secret {
    secret_string: String,
    version_stages: Vec<String>,
}

#[task(resource = "arn:aws:states:::aws-sdk:secretsmanager:getSecretValue")]
async fn secret(#[serde(rename = "SecretId")] id: String) -> Secret {
    Secret { secret_string: format!("of {id}"), version_stages: vec!["AWSCURRENT".to_string()] }
}

#[workflow]
async fn any_api(id: String) -> Vec<String> {
    let mut stages = secret(id).await;
    stages.version_stages.push(stages.secret_string.clone());
    stages.version_stages
}
agrees!(any_api ["a", ""]);

#[task(resource = "arn:aws:states:::aws-sdk:sqs:purgeQueue", rename_all = "PascalCase")]
async fn purge_queue(queue_url: String) {
    assert!(queue_url != "panic");
}

/// The service yields something, the function nothing.
#[workflow]
async fn nothing_of_a_service(queue: String) -> ((), Vec<()>) {
    let first = purge_queue(queue.clone()).await;
    let rest = vec![first, purge_queue(queue).await];
    (first, rest)
}
agrees!(nothing_of_a_service["a"]);
