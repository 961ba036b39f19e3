using System.Text;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Hosting;

public sealed class InvocationTests
{
    private static Task<Invocation> ReadAsync(string json) =>
        Invocation.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(""" "\"in/brief-001.md\"" """, "in/brief-001.md")]
    [InlineData(""" "in/brief-001.md" """, "in/brief-001.md")]
    [InlineData(""" "\"\u0431\u043b\u043e\u0433 \\\"x\\\".md\"" """, "блог \"x\".md")]
    [InlineData(""" "\"" """, "\"")]
    [InlineData(""" "\"a\"b\"" """, "\"a\"b\"")]
    public async Task Texts_of_the_metadata_are_read_plain_and_as_json_inside_a_string(string encoded, string expected)
    {
        var invocation = await ReadAsync($$$"""{"Data":{"blob":""},"Metadata":{"name":{{{encoded}}}}}""");
        Assert.Equal(expected, invocation.Text("name"));
    }

    [Fact]
    public async Task Bytes_are_decoded_once_even_if_they_look_like_text()
    {
        var bytes = new byte[] { 0xEF, 0xBB, 0xBF, 0xFF, 0x00, 0x22 };
        var invocation = await ReadAsync($$$"""{"Data":{"blob":"{{{Convert.ToBase64String(bytes)}}}"},"Metadata":{}}""");
        Assert.Equal(bytes, invocation.Bytes("blob"));
        // "1234" is base64 and a JSON number.
        Assert.Equal(Convert.FromBase64String("1234"), (await ReadAsync("""{"Data":{"blob":"1234"}}""")).Bytes("blob"));
        Assert.Empty((await ReadAsync("""{"Data":{"blob":""}}""")).Bytes("blob"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"Metadata\":{}}")]
    [InlineData("{\"Data\":\"text\"}")]
    [InlineData("{\"Data\":{")]
    public async Task Anything_but_an_invocation_is_refused(string json) =>
        await Assert.ThrowsAsync<InvocationException>(() => ReadAsync(json));

    [Fact]
    public async Task A_value_that_is_no_base64_is_refused()
    {
        var invocation = await ReadAsync("""{"Data":{"blob":"not base64!","other":{}},"Metadata":null}""");
        Assert.Throws<InvocationException>(() => invocation.Bytes("blob"));
        Assert.Throws<InvocationException>(() => invocation.Bytes("other"));
        Assert.Throws<InvocationException>(() => invocation.Bytes("missing"));
        Assert.Null(invocation.Text("name"));
    }
}
