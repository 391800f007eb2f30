//! What `#[task(resource = "..")]` may name.
//!
//! Which patterns a service has is the table of <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>; its actions, and which
//! of them can be waited for, are on the page of the service beside it, which each row of the table names. Whatever is not in it is an API of the SDK
//! integration, which takes every service and is not listed here.

use std::fmt::Write as _;

use crate::diag::{Collector, catalog};

/// A service with an optimised integration.
struct Service {
    name: &'static str,
    actions: &'static [&'static str],
    /// Actions of jobs that can be waited for.
    sync: &'static [&'static str],
    /// A request can hold a token that somebody sends back.
    token: bool,
}

const fn service(
    name: &'static str,
    actions: &'static [&'static str],
    sync: &'static [&'static str],
    token: bool,
) -> Service {
    Service { name, actions, sync, token }
}

#[rustfmt::skip]
const OPTIMISED: &[Service] = &[
    // connect-api-gateway.html
    service("apigateway", &["invoke"], &[], true),
    // connect-athena.html
    service("athena", &["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"], &["startQueryExecution"], false),
    // connect-batch.html
    service("batch", &["submitJob"], &["submitJob"], false),
    // connect-bedrock.html
    service("bedrock", &["invokeModel", "createModelCustomizationJob"], &["createModelCustomizationJob"], true),
    // connect-codebuild.html
    service(
        "codebuild",
        &["startBuild", "stopBuild", "batchDeleteBuilds", "batchGetReports", "startBuildBatch", "stopBuildBatch", "retryBuildBatch", "deleteBuildBatch"],
        &["startBuild", "startBuildBatch", "retryBuildBatch"],
        false,
    ),
    // connect-databrew.html
    service("databrew", &["startJobRun"], &["startJobRun"], false),
    // connect-ddb.html
    service("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], &[], false),
    // connect-ecs.html
    service("ecs", &["runTask"], &["runTask"], true),
    // connect-eks.html
    service(
        "eks",
        &["createCluster", "deleteCluster", "createNodegroup", "deleteNodegroup", "createFargateProfile", "deleteFargateProfile", "runJob", "call"],
        &["createCluster", "deleteCluster", "createNodegroup", "deleteNodegroup", "createFargateProfile", "deleteFargateProfile", "runJob"],
        true,
    ),
    // connect-emr.html
    service(
        "elasticmapreduce",
        &["createCluster", "setClusterTerminationProtection", "terminateCluster", "addStep", "cancelStep", "modifyInstanceFleetByName", "modifyInstanceGroupByName"],
        &["createCluster", "terminateCluster", "addStep"],
        false,
    ),
    // connect-emr-eks.html
    service("emr-containers", &["createVirtualCluster", "deleteVirtualCluster", "startJobRun"], &["deleteVirtualCluster", "startJobRun"], false),
    // connect-emr-serverless.html
    service(
        "emr-serverless",
        &["createApplication", "startApplication", "stopApplication", "deleteApplication", "startJobRun", "cancelJobRun"],
        &["createApplication", "startApplication", "stopApplication", "deleteApplication", "startJobRun", "cancelJobRun"],
        false,
    ),
    // connect-eventbridge.html
    service("events", &["putEvents"], &[], true),
    // connect-glue.html
    service("glue", &["startJobRun"], &["startJobRun"], false),
    // connect-third-party-apis.html
    service("http", &["invoke"], &[], false),
    // connect-lambda.html
    service("lambda", &["invoke"], &[], true),
    // connect-mediaconvert.html
    service("mediaconvert", &["createJob"], &["createJob"], false),
    // connect-sagemaker.html
    service(
        "sagemaker",
        &["createEndpoint", "createEndpointConfig", "createHyperParameterTuningJob", "createLabelingJob", "createModel", "createProcessingJob", "createTrainingJob", "createTransformJob", "updateEndpoint"],
        &["createHyperParameterTuningJob", "createLabelingJob", "createProcessingJob", "createTrainingJob", "createTransformJob"],
        false,
    ),
    // connect-sns.html
    service("sns", &["publish"], &[], true),
    // connect-sqs.html
    service("sqs", &["sendMessage"], &[], true),
    // connect-stepfunctions.html
    service("states", &["startExecution"], &["startExecution"], true),
];

const TOKEN: &str = ".waitForTaskToken";

/// Checks the ARN of a resource. True where a service integration stands behind it.
pub(crate) fn is_integration(diag: &Collector, at: &impl quote::ToTokens, arn: &str) -> bool {
    let plain = without_placeholders(arn);
    let parts: Vec<&str> = plain.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "states", "", "", called] if is_partition(partition) => called_by(diag, at, called),
        ["arn", partition, service, region, account, called]
            if is_partition(partition)
                && !region.is_empty()
                && !account.is_empty()
                && is_addressed(service, called) =>
        {
            false
        }
        ["$"] => false,
        _ => {
            diag.report_at(at, catalog::RESOURCE_ARN, &[arn]);
            false
        }
    }
}

/// `${AWS::Partition}` and the like as `$`: a deployment fills them in.
fn without_placeholders(arn: &str) -> String {
    let mut plain = String::new();
    let mut rest = arn;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((_, after)) = after.split_once('}') else { break };
        let _ = write!(plain, "{before}$");
        rest = after;
    }
    plain + rest
}

fn is_partition(text: &str) -> bool {
    text == "$" || text == "aws" || text.starts_with("aws-")
}

/// A Lambda function or an activity.
fn is_addressed(service: &str, called: &str) -> bool {
    let named = |prefix| called.strip_prefix(prefix).is_some_and(|name: &str| !name.is_empty());
    !called.ends_with(TOKEN) && (service == "lambda" && named("function:"))
        || (service == "states" && named("activity:"))
}

fn called_by(diag: &Collector, at: &impl quote::ToTokens, called: &str) -> bool {
    let (action, pattern) = called.find('.').map_or((called, ""), |dot| called.split_at(dot));
    if let Some(api) = action.strip_prefix("aws-sdk:") {
        sdk(diag, at, api, pattern);
        return true;
    }
    let Some((name, action)) = action.split_once(':') else {
        diag.report_at(at, catalog::RESOURCE_ARN, &[&format!("arn:aws:states:::{called}")]);
        return false;
    };
    let Some(service) = OPTIMISED.iter().find(|service| service.name == name) else {
        let known: Vec<&str> = OPTIMISED.iter().map(|service| service.name).collect();
        let there_are = format!("the optimised ones are of `{}`", known.join("`, `"));
        diag.report_at(at, catalog::INTEGRATION, &[&format!("{name}:{action}"), &there_are]);
        return false;
    };
    if !service.actions.contains(&action) {
        let there_are = format!("`{name}` has `{}`", service.actions.join("`, `"));
        diag.report_at(at, catalog::INTEGRATION, &[&format!("{name}:{action}"), &there_are]);
        return false;
    }
    let patterns = patterns(service, action);
    if !patterns.contains(&pattern) {
        report_pattern(diag, at, &format!("{name}:{action}"), pattern, &patterns);
    }
    true
}

/// The endings that an action has.
fn patterns(service: &Service, action: &str) -> Vec<&'static str> {
    let mut patterns = vec![""];
    if service.sync.contains(&action) {
        patterns.push(".sync");
    }
    if service.name == "states" {
        patterns.push(".sync:2");
    }
    if service.token {
        patterns.push(TOKEN);
    }
    patterns
}

/// Any API of any service: `aws-sdk:dynamodb:batchGetItem`.
fn sdk(diag: &Collector, at: &impl quote::ToTokens, api: &str, pattern: &str) {
    let letters = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    let lower = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase());
    let well_written = match api.split_once(':') {
        Some((service, action)) => {
            letters(service) && service.chars().all(|c| !c.is_ascii_uppercase()) && letters(action) && lower(action)
        }
        None => false,
    };
    if !well_written {
        diag.report_at(at, catalog::SDK_NAME, &[api]);
    } else if !["", TOKEN].contains(&pattern) {
        report_pattern(diag, at, &format!("aws-sdk:{api}"), pattern, &["", TOKEN]);
    }
}

fn report_pattern(diag: &Collector, at: &impl quote::ToTokens, action: &str, pattern: &str, patterns: &[&str]) {
    let names: Vec<String> = patterns.iter().map(|ending| format!("`{action}{ending}`")).collect();
    diag.report_at(at, catalog::INTEGRATION_PATTERN, &[action, pattern, &names.join(" and ")]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(arn: &str) -> Vec<&'static str> {
        let diag = Collector::new();
        let _ = is_integration(&diag, &quote::quote! { arn }, arn);
        diag.finish().err().map(|found| found.0.iter().map(|found| found.code).collect()).unwrap_or_default()
    }

    #[test]
    fn what_a_task_state_can_call() {
        for arn in [
            "arn:aws:states:::lambda:invoke",
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:::ecs:runTask.sync",
            "arn:aws-cn:states:::batch:submitJob.sync",
            "arn:${AWS::Partition}:states:::dynamodb:getItem",
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws:states:::aws-sdk:s3:getObject",
            "arn:aws:states:::aws-sdk:sfn:describeExecution.waitForTaskToken",
            "arn:aws:lambda:us-east-1:123456789012:function:hello",
            "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:hello:live",
            "arn:aws:states:us-east-1:123456789012:activity:hello",
            "${HelloFunctionArn}",
        ] {
            assert_eq!(codes(arn), [""; 0], "{arn}");
        }
    }

    #[test]
    fn what_it_cannot() {
        for (arn, code) in [
            ("hello", "D0030"),
            ("arn:aws:sqs:us-east-1:123456789012:queue", "D0030"),
            ("arn:aws:lambda:::function:hello", "D0030"),
            ("arn:aws:states:::lambda", "D0030"),
            ("arn:aws:lambda:us-east-1:123456789012:function:hello.waitForTaskToken", "D0030"),
            ("arn:aws:states:::carrier:pigeon", "D0031"),
            ("arn:aws:states:::sqs:deleteMessage", "D0031"),
            ("arn:aws:states:::sqs:sendMessage.sync", "D0032"),
            ("arn:aws:states:::batch:submitJob.waitForTaskToken", "D0032"),
            ("arn:aws:states:::sns:publish.later", "D0032"),
            ("arn:aws:states:::batch:submitJob.sync:2", "D0032"),
            ("arn:aws:states:::aws-sdk:s3:getObject.sync", "D0032"),
            ("arn:aws:states:::aws-sdk:s3:GetObject", "D0033"),
            ("arn:aws:states:::aws-sdk:S3:getObject", "D0033"),
            ("arn:aws:states:::aws-sdk:s3", "D0033"),
        ] {
            assert_eq!(codes(arn), [code], "{arn}");
        }
    }

    #[test]
    fn what_is_waited_for_is_an_action() {
        for service in OPTIMISED {
            for action in service.sync {
                assert!(service.actions.contains(action), "{}:{action}", service.name);
            }
        }
    }
}
