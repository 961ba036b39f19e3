using System.Text;
using Pipeline.Testing;
using Pipeline.TrainerJob.BaseModels;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Tests.BaseModels;

public sealed class HubModelFilesTests : IAsyncDisposable
{
    private const string Weights = "owner/small/resolve/main/model.safetensors";
    private const string StoredWeights = "storage/" + Weights;
    private readonly TemporaryFolder _folder = new();
    private readonly HubServer _hub = new();
    private readonly List<string> _said = [];

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_model_of_the_hub_is_fetched_once(int shards)
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small", shards);

        var first = await OpenAsync();
        var requests = _hub.Requests.Count;
        var second = await OpenAsync();

        SmallModel.AssertSameWeights(_folder.Sub("hub"), first.Folder);
        Assert.Equal((requests, first.Identity, "owner/small"), (_hub.Requests.Count, second.Identity, second.Name));
    }

    [Fact]
    public async Task A_broken_connection_is_taken_up_where_it_broke()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        var breaks = 3;
        _hub.Meddle = (path, _, answer) => answer.BreakAfter = path == StoredWeights && breaks-- > 0 ? 1000 : int.MaxValue;

        var model = await OpenAsync();

        SmallModel.AssertSameWeights(_folder.Sub("hub"), model.Folder);
        Assert.Equal(["", "bytes=1000-", "bytes=2000-", "bytes=3000-"], _hub.Requests.Where(request => request.Path == StoredWeights).Select(request => request.Range));
        Assert.Empty(Directory.EnumerateFiles(model.Folder, "*.partial"));
    }

    [Fact]
    public async Task The_next_process_goes_on_where_one_gave_up()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Meddle = (path, from, answer) => answer.BreakAfter = path != StoredWeights ? int.MaxValue : from == 0 ? 5000 : 0;
        var message = (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message;
        Assert.Contains("goes on from there", message, StringComparison.Ordinal);
        _hub.Requests.Clear();
        _hub.Meddle = (_, _, _) => { };

        var model = await OpenAsync();

        SmallModel.AssertSameWeights(_folder.Sub("hub"), model.Folder);
        Assert.Equal([(Weights, "bytes=5000-"), (StoredWeights, "bytes=5000-")], _hub.Requests);
    }

    [Fact]
    public async Task A_part_of_another_version_is_not_continued()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Meddle = (path, from, answer) => answer.BreakAfter = path != StoredWeights ? int.MaxValue : from == 0 ? 5000 : 0;
        await Assert.ThrowsAsync<DownloadException>(OpenAsync);
        using (var other = Gpt2Initializer.Random(SmallModel.Shape, seed: 6))
        {
            Gpt2Folder.Save(_folder.Sub("hub"), SmallModel.Shape, other);
        }

        _hub.Files[Weights] = File.ReadAllBytes(_folder.Sub("hub", "model.safetensors"));
        _hub.Meddle = (_, _, _) => { };

        SmallModel.AssertSameWeights(_folder.Sub("hub"), (await OpenAsync()).Folder);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    public async Task Bytes_that_have_not_the_checksum_are_refused(string file)
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Meddle = (path, _, answer) =>
        {
            if (path.EndsWith(file, StringComparison.Ordinal) && answer.Body.Length > 0)
            {
                answer.Body = [.. answer.Body[..^1], (byte)(answer.Body[^1] ^ 1)];
            }
        };

        var message = (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message;

        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains("not the one announced", message, StringComparison.Ordinal);
        Assert.DoesNotContain(file, Directory.EnumerateFiles(Cached).Select(Path.GetFileName));
    }

    [Fact]
    public async Task One_wrong_answer_is_made_good_by_the_next()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        var lies = 1;
        _hub.Meddle = (path, _, answer) =>
        {
            if (path == StoredWeights && lies-- > 0)
            {
                answer.Body = new byte[answer.Body.Length];
            }
        };

        SmallModel.AssertSameWeights(_folder.Sub("hub"), (await OpenAsync()).Folder);
        Assert.Contains(_said, line => line.Contains("trying again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_longer_than_announced_is_not_taken()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Meddle = (path, _, answer) => answer.Body = path == StoredWeights ? [.. answer.Body, .. new byte[10_000_000]] : answer.Body;

        var message = (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message;

        Assert.Contains("were announced", message, StringComparison.Ordinal);
        Assert.True(Directory.EnumerateFiles(Cached).Sum(path => new FileInfo(path).Length) < 1_000_000);
    }

    [Fact]
    public async Task Redirects_without_end_are_not_followed()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Meddle = (path, _, answer) => (answer.Status, answer.Headers["Location"]) = (307, $"/{path}");

        Assert.Contains("redirects without end", (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renamed_model_is_found_by_its_redirect()
    {
        SmallModel.PutOnHub(_hub, _folder, "new/name");
        _hub.Meddle = (path, _, answer) =>
        {
            if (path.StartsWith("owner/small/", StringComparison.Ordinal))
            {
                (answer.Status, answer.Headers["Location"]) = (307, "/" + path.Replace("owner/small/", "new/name/", StringComparison.Ordinal));
            }
        };

        SmallModel.AssertSameWeights(_folder.Sub("hub"), (await OpenAsync()).Folder);
    }

    [Fact]
    public async Task A_busy_hub_is_asked_again()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        var busy = 2;
        _hub.Meddle = (_, _, answer) => answer.Status = busy-- > 0 ? 503 : answer.Status;

        SmallModel.AssertSameWeights(_folder.Sub("hub"), (await OpenAsync()).Folder);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_named()
    {
        var message = (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message;

        Assert.Contains("owner/small has no config.json", message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public async Task A_private_model_is_told_from_a_missing_one()
    {
        _hub.Meddle = (_, _, answer) => answer.Status = 401;

        Assert.Contains("401", (await Assert.ThrowsAsync<DownloadException>(OpenAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_architecture_is_refused_before_its_weights_are_fetched()
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Files["owner/small/resolve/main/config.json"] = Encoding.UTF8.GetBytes("""{ "model_type": "llama" }""");

        Assert.Contains("llama", (await Assert.ThrowsAsync<ModelFolderException>(OpenAsync)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Requests, request => request.Path == Weights);
    }

    [Theory]
    [InlineData("../../evil.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("/etc/passwd")]
    public async Task An_index_that_names_files_elsewhere_is_refused(string shard)
    {
        SmallModel.PutOnHub(_hub, _folder, "owner/small");
        _hub.Files.Remove(Weights);
        _hub.Files["owner/small/resolve/main/model.safetensors.index.json"] = Encoding.UTF8.GetBytes($$"""{ "weight_map": { "a": "{{shard}}" } }""");

        Assert.Contains(shard, (await Assert.ThrowsAsync<ModelFolderException>(OpenAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://hub.test")]
    [InlineData("http://hub.test")]
    [InlineData("hub")]
    public async Task An_address_without_encryption_is_refused(string address)
    {
        var opener = new BaseModelOpener(_folder.Sub("cache"), address, new HurriedClock(), _said.Add);

        var refused = await Assert.ThrowsAsync<InputException>(() => opener.OpenAsync("hub:owner/small", null, TestContext.Current.CancellationToken));

        Assert.Contains("https://", refused.Message, StringComparison.Ordinal);
    }

    private string Cached => _folder.Sub("cache", "bases", "hub-owner--small-main");

    private Task<BaseModel> OpenAsync() =>
        new BaseModelOpener(_folder.Sub("cache"), _hub.Address, new HurriedClock(), _said.Add).OpenAsync("hub:owner/small", null, TestContext.Current.CancellationToken);
}
