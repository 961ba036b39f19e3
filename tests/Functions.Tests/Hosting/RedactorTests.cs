using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Hosting;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("GET /api/sample?title=Soup&code=abc123== failed", "abc123")]
    [InlineData("https://acct.blob.core.windows.net/posts/a?sv=2024&sig=aBc%2FdEf%3D&se=1", "aBc%2FdEf")]
    [InlineData("AccountName=a;AccountKey=c2VjcmV0c2VjcmV0;BlobEndpoint=x", "c2VjcmV0c2VjcmV0")]
    [InlineData("x-functions-key: s3cr3t-value", "s3cr3t-value")]
    [InlineData("""{"x-functions-key":["s3cr3t"],"password":"hunter2"}""", "hunter2")]
    [InlineData("Authorization: Bearer eyJhbGciOi.abc.def", "eyJhbGciOi.abc.def")]
    [InlineData("Authorization: SharedKey acct:bm8ga2V5IGF0IGFsbA==", "bm8ga2V5IGF0IGFsbA")]
    [InlineData("token ghp_0123456789abcdefABCDEF is bad", "ghp_0123456789abcdefABCDEF")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE")]
    public void Keys_are_taken_out(string text, string secret)
    {
        var clean = Redactor.Clean(text);
        Assert.DoesNotContain(secret, clean, StringComparison.Ordinal);
        Assert.Contains("***", clean, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posts/_posts/2026-01-02-the-code-of-the-sea.md could not be read: 404 BlobNotFound")]
    [InlineData("exit code 3; 12 tokens, 3 posts")]
    [InlineData("The signature=none of the function")]
    public void Other_texts_stay_as_they_are(string text) => Assert.Equal(text, Redactor.Clean(text));
}
