using Azure.Core;

namespace Pipeline.Functions.Training;

/// <summary>How Azure Resource Manager is called: retries, transport, logging.</summary>
internal sealed class ContainerAppsOptions : ClientOptions;
