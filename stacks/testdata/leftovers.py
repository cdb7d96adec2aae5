"""Prints, as JSON, what the AWS account behind AWS_ENDPOINT_URL holds: a list
of names for each kind of resource that a grid can create. Usage:
leftovers.py REGION"""

import json
import sys

import boto3

region = sys.argv[1]


def client(service):
    return boto3.client(service, region_name=region)


def every(service, call, key, name, keep=lambda item: True):
    """The names of all items, over all pages."""
    c = client(service)
    if c.can_paginate(call):
        pages = c.get_paginator(call).paginate()
    else:
        pages = [getattr(c, call)()]
    items = [item for page in pages for item in page.get(key) or []]
    return sorted(str(item if name is None else item[name]) for item in items if keep(item))


def instances():
    pages = client("ec2").get_paginator("describe_instances").paginate()
    found = [i for p in pages for r in p["Reservations"] for i in r["Instances"]]
    return sorted(i["InstanceId"] for i in found if i["State"]["Name"] != "terminated")


def of_file_systems(call, key, name):
    c = client("efs")
    found = []
    for fs in every("efs", "describe_file_systems", "FileSystems", "FileSystemId"):
        found += [item[name] for item in getattr(c, call)(FileSystemId=fs)[key]]
    return sorted(found)


def not_deleted(item):
    return str(item.get("State", "")).lower() not in ("deleted", "deleting")


def key_of_the_grid(item):
    """Not those that a service makes for itself, and not deleted ones."""
    kms = client("kms")
    aliases = kms.list_aliases(KeyId=item["KeyId"])["Aliases"]
    if any(alias["AliasName"].startswith("alias/aws/") for alias in aliases):
        return False
    return kms.describe_key(KeyId=item["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion"


print(json.dumps({
    "VPCs": every("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "subnets": every("ec2", "describe_subnets", "Subnets", "SubnetId"),
    "security groups": every("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "route tables": every("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "internet gateways": every("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "NAT gateways": every("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId", not_deleted),
    "addresses": every("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "endpoints": every("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", not_deleted),
    "flow logs": every("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "launch templates": every("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    "instances": instances(),
    "disks": every("ec2", "describe_volumes", "Volumes", "VolumeId"),
    "Auto Scaling groups": every("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    "scaling policies": every("autoscaling", "describe_policies", "ScalingPolicies", "PolicyName"),
    "alarms": every("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "log groups": every("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "queues": every("sqs", "list_queues", "QueueUrls", None),
    "file systems": every("efs", "describe_file_systems", "FileSystems", "FileSystemId"),
    "mount targets": of_file_systems("describe_mount_targets", "MountTargets", "MountTargetId"),
    "access points": of_file_systems("describe_access_points", "AccessPoints", "AccessPointId"),
    "roles": every("iam", "list_roles", "Roles", "RoleName"),
    "instance profiles": every("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    "functions": every("lambda", "list_functions", "Functions", "FunctionName"),
    "event sources": every("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "schedules": every("scheduler", "list_schedules", "Schedules", "Name"),
    "buckets": every("s3", "list_buckets", "Buckets", "Name"),
    "image repositories": every("ecr", "describe_repositories", "repositories", "repositoryName"),
    "keys": every("kms", "list_keys", "Keys", "KeyId", key_of_the_grid),
}))
