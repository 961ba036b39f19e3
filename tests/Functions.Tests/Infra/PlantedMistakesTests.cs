using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>The checks of the template must see mistakes, or their silence means nothing.</summary>
public sealed class PlantedMistakesTests
{
    // What is done to the template, and a part of what the schemas must say.
    private static readonly (string Complaint, Action<JsonObject> Plant)[] SchemaMistakes =
    [
        ("allowBlobPublicAcces", template => Properties(template, "Microsoft.Storage/storageAccounts")["allowBlobPublicAcces"] = false),
        ("Microsoft.Storage/storageAccounts stmyblog", template => Properties(template, "Microsoft.Storage/storageAccounts")["minimumTlsVersion"] = "TLS9_9"),
        ("/properties/functionAppConfig/runtime", template => Properties(template, "Microsoft.Web/sites")["functionAppConfig"]!["runtime"]!["name"] = "cobol"),
        ("scaleAndConcurency", template => Properties(template, "Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurency"] = new JsonObject()),
        ("/properties/configuration/triggerType", template => Properties(template, "Microsoft.App/jobs")["configuration"]!["triggerType"] = "Cron"),
        ("replicaTimeout", template => Properties(template, "Microsoft.App/jobs")["configuration"]!.AsObject().Remove("replicaTimeout")),
        ("imagge", template => Properties(template, "Microsoft.App/jobs")["template"]!["containers"]![0]!["imagge"] = "x"),
        ("workloadProfileType", template => template["variables"]!["gpuProfiles"]![1]!.AsObject().Remove("workloadProfileType")),
        ("/properties/sku", template => Properties(template, "Microsoft.KeyVault/vaults")["sku"]!["name"] = "basic"),
        ("/properties/destination", template => Properties(template, "Microsoft.EventGrid/systemTopics/eventSubscriptions")["destination"]!["endpointType"] = "Hook"),
        ("endpointUrll", template => Properties(template, "Microsoft.EventGrid/systemTopics/eventSubscriptions")["destination"]!["properties"]!["endpointUrll"] = "x"),
        ("blobContainerNam", template => Properties(template, "Microsoft.EventGrid/systemTopics/eventSubscriptions")["deadLetterWithResourceIdentity"]!["deadLetterDestination"]!["properties"]!["blobContainerNam"] = "x"),
        ("metricNames", template => Properties(template, "Microsoft.Insights/metricAlerts")["criteria"]!["allOf"]![0]!["metricNames"] = "x"),
        ("daysAfterModification", template => Properties(template, "Microsoft.Storage/storageAccounts/managementPolicies")["policy"]!["rules"]![0]!["definition"]!["actions"]!["baseBlob"]!["delete"]!["daysAfterModification"] = 1),
        ("/properties/timeGrain", template => Properties(template, "Microsoft.Consumption/budgets")["timeGrain"] = "Weekly"),
        ("metricMeasureColum", template => Properties(template, "Microsoft.Insights/scheduledQueryRules")["criteria"]!["allOf"]![0]!["metricMeasureColum"] = "x"),
        ("there is no schema of version 2021-01-01", template => Resource(template, "Microsoft.EventGrid/systemTopics")["apiVersion"] = "2021-01-01"),
        ("principalIdd", template => Properties(template, "Microsoft.Authorization/roleAssignments")["principalIdd"] = "x"),
    ];

    private static readonly (string Complaint, Action<JsonObject> Plant)[] RuleMistakes =
    [
        ("refers to", template => template["variables"]!["environmentId"] = "[resourceId('Microsoft.App/managedEnvironments', 'other')]"),
        ("which does not exist", template => Properties(template, "Microsoft.Web/sites")["siteConfig"]!["appSettings"]![3]!["value"] = "[reference(resourceId('Microsoft.Insights/components', 'gone'), '2020-02-02').ConnectionString]"),
        ("depends on typo", template => Resource(template, "Microsoft.App/jobs")["dependsOn"]!.AsArray().Add("typo")),
        ("does not wait for", template => Resource(template, "Microsoft.Insights/components").Remove("dependsOn")),
        ("does not wait for", template => Resource(template, "Microsoft.Web/sites/basicPublishingCredentialsPolicies").Remove("dependsOn")),
        ("waits for itself", template => Resource(template, "Microsoft.Storage/storageAccounts")["dependsOn"] = new JsonArray("[variables('topicId')]")),
        ("unknown role", template => template["variables"]!["roles"]!["imagePull"] = "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')]"),
        ("allowSharedKeyAccess is not false", template => Properties(template, "Microsoft.Storage/storageAccounts").Remove("allowSharedKeyAccess")),
        ("publicAccess is not None", template => Properties(template, "Microsoft.Storage/storageAccounts/blobServices/containers")["publicAccess"] = "Blob"),
        ("minimumTlsVersion is not TLS1_2", template => Properties(template, "Microsoft.Storage/storageAccounts")["minimumTlsVersion"] = "TLS1_0"),
        ("the output keys", template => template["outputs"]!["keys"] = new JsonObject { ["type"] = "string", ["value"] = "[listKeys(variables('storageId'), '2025-08-01').keys[0].value]" }),
        ("parameters('extra') is not used", template => template["parameters"]!["extra"] = new JsonObject { ["type"] = "string" }),
        ("is declared twice", template => template["resources"]!.AsArray().Add(Resource(template, "Microsoft.Web/serverfarms").DeepClone())),
    ];

    [Fact]
    public async Task Schemas_catch_every_planted_mistake()
    {
        var deployments = SchemaMistakes.Select(mistake => Planted(mistake.Plant).Resources.Select(resource => resource.Body));

        var problems = await ArmSchemas.ProblemsAsync(deployments, [JsonNode.Parse("""{"parameters":{"name":{"valu":1}}}""")!.AsObject()], TestContext.Current.CancellationToken);

        Assert.NotEmpty(problems[^1]);
        Assert.All(SchemaMistakes.Zip(problems), pair => Assert.Contains(pair.Second, problem => problem.Contains(pair.First.Complaint, StringComparison.Ordinal)));
    }

    [Fact]
    public void Rules_catch_every_planted_mistake() => Assert.All(RuleMistakes, mistake =>
        Assert.Contains(TemplateRules.Problems(Planted(mistake.Plant)), problem => problem.Contains(mistake.Complaint, StringComparison.Ordinal)));

    [Theory]
    [InlineData("[parameters('nowhere')]", "no parameter 'nowhere'")]
    [InlineData("[variables('nowhere')]", "no variable 'nowhere'")]
    [InlineData("[variables('roles').nothing]", "no member 'nothing'")]
    [InlineData("[concat('a', 'b']", "an argument does not end")]
    [InlineData("[conact('a', 'b')]", "function conact")]
    [InlineData("[resourceId('Microsoft.Web/sites', 'a', 'b')]", "needs 1 names")]
    public void Expressions_that_cannot_be_computed_are_refused(string expression, string complaint)
    {
        var template = InfraFiles.Template();
        template["outputs"]!["planted"] = new JsonObject { ["type"] = "string", ["value"] = expression };

        var failure = Assert.Throws<FormatException>(() => ArmTemplate.Compute(template, InfraFiles.Parameters()));

        Assert.Contains(complaint, failure.Message, StringComparison.Ordinal);
    }

    private static ArmTemplate Planted(Action<JsonObject> plant)
    {
        var template = InfraFiles.Template();
        plant(template);
        return ArmTemplate.Compute(template, InfraFiles.Parameters());
    }

    private static JsonObject Resource(JsonObject template, string type) =>
        template["resources"]!.AsArray().Select(resource => resource!.AsObject()).First(resource => (string)resource["type"]! == type);

    private static JsonObject Properties(JsonObject template, string type) => Resource(template, type)["properties"]!.AsObject();
}
