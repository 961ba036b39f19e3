using Pipeline.Registry;

namespace Pipeline.Shared.Tests.Registry;

public sealed class DeploymentDecisionTests
{
    private static readonly ModelManifest Stable = Models.Manifest("v1", perplexity: 20);
    private static readonly RoutingTable Serving = RoutingTable.Empty.Promote("v1", "It is the first version.", Stable.Created);

    [Fact]
    public void The_first_version_takes_over()
    {
        var promoted = Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(RoutingTable.Empty, Stable, null, TimeProvider.System));
        Assert.Equal("v1", promoted.Table.Stable);
        Assert.Equal(promoted.Reason, promoted.Table.History.Single().Reason);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(20, true)]
    [InlineData(20.4, true)]
    [InlineData(20.41, false)]
    [InlineData(50, false)]
    public void A_version_takes_over_up_to_1_02_times_the_perplexity_on_the_same_posts(double perplexity, bool promoted)
    {
        var decision = DeploymentDecision.Decide(Serving, Models.Manifest("v2", perplexity: perplexity, day: 2), Stable, TimeProvider.System);
        Assert.Equal(promoted, decision is DeploymentDecision.Promoted);
        Assert.Equal(!promoted, decision is DeploymentDecision.Refused);
        Assert.Equal(promoted ? "v2" : "v1", decision.Table.Stable);
        Assert.Contains("perplexity", decision.Table.History[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_of_another_corpus_takes_over_and_the_reason_says_not_comparable()
    {
        var decision = DeploymentDecision.Decide(Serving, Models.Manifest("v2", corpus: "other", perplexity: 90, day: 2), Stable, TimeProvider.System);
        Assert.Contains("not comparable", Assert.IsType<DeploymentDecision.Promoted>(decision).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_version_of_another_corpus_that_comes_late_is_refused() =>
        Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(
            RoutingTable.Empty.Promote("v2", "r", Stable.Created), Models.Manifest("v1", corpus: "other", day: 1), Models.Manifest("v2", day: 2), TimeProvider.System));

    [Theory]
    [InlineData(20, 20)]
    [InlineData(20, 20.3)]
    [InlineData(20, 21)]
    [InlineData(20, 19)]
    public void Whichever_of_two_versions_is_judged_first_the_same_one_serves(double first, double second)
    {
        var (older, newer) = (Models.Manifest("v1", perplexity: first, day: 1), Models.Manifest("v2", perplexity: second, day: 2));
        Assert.Equal(Serves(older, newer), Serves(newer, older));

        static string? Serves(ModelManifest one, ModelManifest other)
        {
            var table = DeploymentDecision.Decide(RoutingTable.Empty, one, null, TimeProvider.System).Table;
            return DeploymentDecision.Decide(table, other, one, TimeProvider.System).Table.Stable;
        }
    }

    [Fact]
    public void News_that_come_again_change_nothing()
    {
        Assert.IsType<DeploymentDecision.Unchanged>(DeploymentDecision.Decide(Serving, Stable, Stable, TimeProvider.System));

        var bad = Models.Manifest("v2", perplexity: 50, day: 2);
        var refused = DeploymentDecision.Decide(Serving, bad, Stable, TimeProvider.System);
        Assert.Same(refused.Table, Assert.IsType<DeploymentDecision.Unchanged>(DeploymentDecision.Decide(refused.Table, bad, Stable, TimeProvider.System)).Table);
    }

    [Fact]
    public void A_version_that_was_rolled_back_does_not_return_by_old_news()
    {
        var second = Models.Manifest("v2", perplexity: 10, day: 2);
        var table = DeploymentDecision.Decide(Serving, second, Stable, TimeProvider.System).Table.RollBack("Readers closed five posts.", Stable.Created);
        Assert.IsType<DeploymentDecision.Unchanged>(DeploymentDecision.Decide(table, second, Stable, TimeProvider.System));
    }

    [Fact]
    public void While_a_version_is_pinned_no_other_takes_over()
    {
        var pinned = Serving.Pin("v1", "by hand", Stable.Created);
        var decision = DeploymentDecision.Decide(pinned, Models.Manifest("v2", perplexity: 10, day: 2), Stable, TimeProvider.System);
        Assert.Contains("pinned", Assert.IsType<DeploymentDecision.Refused>(decision).Reason, StringComparison.Ordinal);
        // Unpinned, it gets its chance.
        Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(decision.Table.Unpin("done", Stable.Created), Models.Manifest("v2", perplexity: 10, day: 2), Stable, TimeProvider.System));
    }

    [Fact]
    public void Without_a_serving_file_or_a_judgement_it_is_refused()
    {
        Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(RoutingTable.Empty, Stable with { ServingFile = null }, null, TimeProvider.System));
        Assert.IsType<DeploymentDecision.Refused>(DeploymentDecision.Decide(Serving, Models.Manifest("v2", perplexity: null, day: 2), Stable, TimeProvider.System));
        var unjudged = Models.Manifest("v1", perplexity: null);
        Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(Serving, Models.Manifest("v2", perplexity: null, day: 2), unjudged, TimeProvider.System));
    }

    [Fact]
    public void If_the_stable_version_is_gone_from_the_store_the_next_takes_over() =>
        Assert.IsType<DeploymentDecision.Promoted>(DeploymentDecision.Decide(Serving, Models.Manifest("v2", perplexity: 90, day: 2), null, TimeProvider.System));

    [Fact]
    public void Another_versions_manifest_is_not_taken_for_the_stable_one() =>
        Assert.Throws<ArgumentException>(() => DeploymentDecision.Decide(Serving, Models.Manifest("v2"), Models.Manifest("v3"), TimeProvider.System));
}
