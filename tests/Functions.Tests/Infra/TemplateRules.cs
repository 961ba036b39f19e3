namespace Pipeline.Functions.Tests.Infra;

/// <summary>What the schemas cannot know: that references resolve, that resources wait for what they name, that nothing is open or secret.</summary>
internal static class TemplateRules
{
    private const string RoleDefinitions = "/providers/Microsoft.Authorization/roleDefinitions/";

    // Azure's built-in roles, from its published list.
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"] = "Storage Blob Data Reader",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
        ["b9a307c4-5aa3-4b52-ba60-2b17c136cd7b"] = "Container Apps Jobs Operator",
        ["7f951dda-4ed3-4680-a7ca-43fe172d538d"] = "AcrPull",
    };

    /// <summary>Every breach of a rule.</summary>
    public static IReadOnlyList<string> Problems(ArmTemplate template) =>
    [
        .. template.Unused.Select(unused => $"{unused} is not used"),
        .. Twice(template),
        .. template.Resources.SelectMany(resource => References(resource, template)),
        .. template.Resources.SelectMany(resource => Waits(resource, template)),
        .. template.Resources.SelectMany(Open),
        .. Secrets(template),
    ];

    /// <summary>The role that an assignment gives.</summary>
    public static string? RoleOf(ArmResource assignment) => Roles.GetValueOrDefault(((string)assignment.Properties["roleDefinitionId"]!).Split('/')[^1]);

    private static IEnumerable<string> Twice(ArmTemplate template) =>
        template.Resources.GroupBy(resource => resource.Id, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => $"{group.Key} is declared twice");

    private static IEnumerable<string> References(ArmResource resource, ArmTemplate template)
    {
        foreach (var id in Mentioned(resource).Concat(resource.Asked))
        {
            if (id.Contains(RoleDefinitions, StringComparison.Ordinal))
            {
                if (!Roles.ContainsKey(id.Split('/')[^1]))
                {
                    yield return $"{resource.Id} gives the unknown role {id}";
                }
            }
            else if (Owner(id, template) is null)
            {
                yield return $"{resource.Id} refers to {id}, which does not exist";
            }
        }

        foreach (var name in resource.DependsOn)
        {
            if (template.Resources.All(other => other.Id != name && other.Loop != name))
            {
                yield return $"{resource.Id} depends on {name}, which does not exist";
            }
        }
    }

    private static IEnumerable<string> Waits(ArmResource resource, ArmTemplate template)
    {
        var earlier = new HashSet<string>();
        var look = new Queue<ArmResource>([resource]);
        while (look.TryDequeue(out var next))
        {
            var asked = next.Asked.Select(id => Owner(id, template)?.Id);
            foreach (var other in template.Resources.Where(other => next.DependsOn.Contains(other.Id) || (other.Loop is not null && next.DependsOn.Contains(other.Loop)) || asked.Contains(other.Id)))
            {
                if (earlier.Add(other.Id))
                {
                    look.Enqueue(other);
                }
            }
        }

        var parent = resource.Name.Contains('/', StringComparison.Ordinal) ? resource.Id[..resource.Id.LastIndexOf('/')] : "";
        foreach (var other in template.Resources.Where(other => other.Id != resource.Id))
        {
            var needed = Mentioned(resource).Contains(other.Id) || parent.StartsWith(other.Id + "/", StringComparison.Ordinal);
            if (needed && !earlier.Contains(other.Id))
            {
                yield return $"{resource.Id} does not wait for {other.Id}";
            }
        }

        if (earlier.Contains(resource.Id))
        {
            yield return $"{resource.Id} waits for itself";
        }
    }

    private static IEnumerable<string> Open(ArmResource resource)
    {
        (string Path, string Wanted)[] wanted = resource.Type switch
        {
            "Microsoft.Storage/storageAccounts" =>
            [
                ("allowBlobPublicAccess", "false"), ("allowSharedKeyAccess", "false"), ("allowCrossTenantReplication", "false"),
                ("minimumTlsVersion", "TLS1_2"), ("supportsHttpsTrafficOnly", "true"),
            ],
            "Microsoft.Storage/storageAccounts/blobServices/containers" => [("publicAccess", "None")],
            "Microsoft.Web/sites" => [("httpsOnly", "true"), ("siteConfig.minTlsVersion", "1.2"), ("siteConfig.ftpsState", "Disabled")],
            "Microsoft.Web/sites/basicPublishingCredentialsPolicies" => [("allow", "false")],
            "Microsoft.ContainerRegistry/registries" => [("adminUserEnabled", "false"), ("anonymousPullEnabled", "false")],
            "Microsoft.KeyVault/vaults" => [("enableRbacAuthorization", "true")],
            "Microsoft.Insights/components" => [("DisableLocalAuth", "true")],
            "Microsoft.OperationalInsights/workspaces" => [("features.disableLocalAuth", "true")],
            _ => [],
        };
        return wanted
            .Where(rule => rule.Path.Split('.').Aggregate((System.Text.Json.Nodes.JsonNode?)resource.Properties, (node, name) => node?[name])?.ToString() != rule.Wanted)
            .Select(rule => $"{resource.Id}: {rule.Path} is not {rule.Wanted}");
    }

    private static IEnumerable<string> Secrets(ArmTemplate template)
    {
        foreach (var (name, value) in template.Outputs)
        {
            if (ArmResource.TextsOf(value).Any(text => text.Contains(ArmTemplate.AtRuntime, StringComparison.Ordinal)))
            {
                yield return $"the output {name} gives away what only Azure knows";
            }
        }

        foreach (var resource in template.Resources.Where(resource => resource.Type is "Microsoft.KeyVault/vaults/secrets"))
        {
            yield return $"{resource.Id} puts a secret into the template";
        }
    }

    // Ids within texts too: an address may go on after one.
    private static IEnumerable<string> Mentioned(ArmResource resource) =>
        resource.Texts().Where(text => text.StartsWith("/subscriptions/", StringComparison.Ordinal) && text.Contains("/providers/", StringComparison.Ordinal)).Distinct();

    // Azure makes some children by itself, such as an app's keys.
    private static ArmResource? Owner(string id, ArmTemplate template) =>
        template.Resources.FirstOrDefault(resource => id == resource.Id) ?? template.Resources.FirstOrDefault(resource => id == resource.Id + "/host/default");
}
