using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Registry;

namespace Pipeline.Shared.Tests.Registry;

public sealed class RoutingTableTests
{
    private static readonly DateTimeOffset Time = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_promoted_version_gets_all_requests_and_the_one_before_can_come_back()
    {
        var table = RoutingTable.Empty.Promote("v1", "first", Time).Promote("v2", "better", Time);
        Assert.Equal(("v2", "v1", null), (table.Stable, table.LastGood, table.Candidate));
        Assert.Equal([new KeyValuePair<string, int>("v2", 100)], table.Weights);

        var back = table.RollBack("worse after all", Time);
        Assert.Equal(("v1", null), (back.Stable, back.LastGood));
        Assert.Equal(new RoutingChange(Time, RoutingChangeKind.RolledBack, "v2", "worse after all"), back.History[^1]);
        Assert.Throws<RegistryException>(() => back.RollBack("again", Time));
    }

    [Fact]
    public void A_candidate_gets_its_share_until_it_is_refused()
    {
        var table = RoutingTable.Empty.Promote("v1", "first", Time).Share("v2", 10, "try it", Time);
        Assert.Equal(new Dictionary<string, int> { ["v1"] = 90, ["v2"] = 10 }, table.Weights);
        Assert.Equal("v2", table.Candidate);

        var refused = table.Refuse("v2", "bad", Time);
        Assert.Equal(new Dictionary<string, int> { ["v1"] = 100 }, refused.Weights);
        Assert.Null(refused.Candidate);
        Assert.Throws<RegistryException>(() => table.Share("v1", 10, "itself", Time));
        Assert.Throws<RegistryException>(() => table.Share("v3", 100, "all", Time));
        Assert.Throws<RegistryException>(() => RoutingTable.Empty.Share("v1", 10, "none stable", Time));
    }

    [Fact]
    public void A_pinned_version_serves_until_it_is_unpinned()
    {
        var table = RoutingTable.Empty.Promote("v1", "first", Time).Pin("v0", "by hand", Time);
        Assert.Equal(("v0", "v0"), (table.Stable, table.Pinned));
        Assert.Equal(["promoted v1", "pinned v0"], table.History.Select(change => $"{(change.Change == RoutingChangeKind.Pinned ? "pinned" : "promoted")} {change.Version}"));
        Assert.Throws<RegistryException>(() => table.RollBack("no", Time));
        Assert.Throws<RegistryException>(() => table.Promote("v2", "no", Time));
        Assert.Null(table.Unpin("done", Time).Pinned);
        Assert.Same(RoutingTable.Empty, RoutingTable.Empty.Unpin("nothing", Time));
    }

    [Fact]
    public void Whatever_is_done_the_table_is_sound_and_read_back()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Action, byte Version, byte Weight)[]>(), steps =>
        {
            var table = RoutingTable.Empty;
            foreach (var (action, seed, weight) in steps)
            {
                var version = $"v{seed % 4}";
                try
                {
                    table = (action % 6) switch
                    {
                        0 => table.Promote(version, "r", Time),
                        1 => table.Refuse(version, "r", Time),
                        2 => table.Share(version, weight, "r", Time),
                        3 => table.RollBack("r", Time),
                        4 => table.Pin(version, "r", Time),
                        _ => table.Unpin("r", Time),
                    };
                }
                catch (RegistryException)
                {
                    // Refused: the table stays as it was.
                }
            }

            Assert.Equivalent(table, RoutingTable.FromJson(table.ToJson()), strict: true);
            Assert.True(table.Weights.Count == 0 || table.Weights.Values.Sum() == 100);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_an_earlier_program_did_not_write_is_empty()
    {
        var table = RoutingTable.FromJson("{}"u8);
        Assert.Empty(table.Weights);
        Assert.Empty(table.History);
    }

    [Fact]
    public void History_is_bounded()
    {
        var table = RoutingTable.Empty;
        for (var number = 0; number < RoutingTable.MostHistory + 10; number++)
        {
            table = table.Refuse("v1", $"{number}", Time);
        }

        Assert.Equal(RoutingTable.MostHistory, table.History.Count);
        Assert.Equal("10", table.History[0].Reason);
    }

    [Theory]
    [InlineData("null", "Not a routing table")]
    [InlineData("{", "Not a routing table")]
    [InlineData("""{"stable":"v1","weights":{"v1":99}}""", "sum to 100")]
    [InlineData("""{"stable":"v1","weights":{"v1":200,"v2":-100}}""", "sum to 100")]
    [InlineData("""{"stable":"v1","weights":{}}""", "not those of its stable")]
    [InlineData("""{"stable":"v1","weights":{"v2":100}}""", "not those of its stable")]
    [InlineData("""{"weights":{"v2":100}}""", "not those of its stable")]
    [InlineData("""{"stable":"../x","weights":{"../x":100}}""", "is no model version")]
    [InlineData("""{"stable":"v1","weights":{"v1":100},"pinned":"v2"}""", "pins v2")]
    [InlineData("""{"format":2}""", "Update Pipeline")]
    public void A_table_that_contradicts_itself_is_refused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<RegistryException>(() => RoutingTable.FromJson(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_json_has_the_names_that_others_rely_on()
    {
        using var json = JsonDocument.Parse(RoutingTable.Empty.Promote("v1", "first", Time).ToJson());
        Assert.Equal(
            ["candidate", "format", "history", "lastGood", "pinned", "stable", "weights"],
            json.RootElement.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal("promoted", json.RootElement.GetProperty("history")[0].GetProperty("change").GetString());
    }
}
