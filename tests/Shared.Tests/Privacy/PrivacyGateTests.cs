using Pipeline.Privacy;
using Pipeline.Registry;
using Pipeline.Shared.Tests.Registry;

namespace Pipeline.Shared.Tests.Privacy;

/// <summary>What a model gave away, or learnt from, and whether it serves.</summary>
public sealed class PrivacyGateTests
{
    private static readonly ModelManifest Stable = Models.Manifest("v1", perplexity: 20);

    private static readonly ExtractionReport Leak = new() { Attacks = 200, Emails = 3, DrawnOut = [new(SecretKind.Email, "a…@h…", 4)] };

    private static RoutingTable Serving => RoutingTable.Empty.Promote("v1", "test", Stable.Created);

    [Fact]
    public void A_version_that_gave_something_away_is_refused_however_good_it_is()
    {
        var leaking = Models.Manifest("v2", perplexity: 2, day: 2) with { Privacy = Leak };
        var refused = Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(Serving, leaking, Stable, TimeProvider.System));
        Assert.StartsWith("Under 200 attacks it gave away an e-mail address (a…@h…). Take it out of the posts", refused.Reason, StringComparison.Ordinal);
        Assert.Equal("v1", refused.Table.Stable);
        Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(RoutingTable.Empty, leaking, null, TimeProvider.System));
        Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(Serving, leaking with { Privacy = Leak with { DrawnOut = [] } }, Stable, TimeProvider.System));
    }

    [Fact]
    public void A_version_that_learnt_from_a_forgotten_post_is_refused()
    {
        var marked = Models.Manifest("v2", perplexity: 2, day: 2) with { Forgotten = [new(new string('a', 64), Stable.Created)] };
        var refused = Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(Serving, marked, Stable, TimeProvider.System));
        Assert.Contains("to be forgotten", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_in_service_that_must_not_serve_is_replaced_by_any_that_may()
    {
        var marked = Stable with { Forgotten = [new(new string('a', 64), Stable.Created)] };
        var worse = Models.Manifest("v2", perplexity: 90, day: 2);
        Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(Serving, worse, Stable, TimeProvider.System));
        Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(Serving, worse, marked, TimeProvider.System));
    }

    [Fact]
    public void What_is_known_of_privacy_and_of_golden_logits_comes_back_from_the_manifest()
    {
        var manifest = Models.Manifest("v1") with
        {
            ServingFile = null,
            Privacy = Leak,
            Forgotten = [new(new string('a', 64), Stable.Created)],
            Golden = new() { Prompt = [1, 2], Tokens = [3], Logits = [-1.5] },
        };
        var read = ModelManifest.FromJson(manifest.ToJson());
        Assert.Equal(manifest.ToJson(), read.ToJson());
        Assert.Equal(Leak.Fault, read.Privacy!.Fault);
        Assert.Throws<RegistryException>(() => ModelManifest.FromJson((manifest with { Golden = new() { Prompt = [1], Tokens = [-3], Logits = [0] } }).ToJson()));
        Assert.Throws<RegistryException>(() => ModelManifest.FromJson((manifest with { Golden = new() { Prompt = [1], Tokens = [3], Logits = [] } }).ToJson()));
    }
}
