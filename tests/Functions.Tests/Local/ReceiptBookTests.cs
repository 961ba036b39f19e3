using Pipeline.Functions.Local;
using Pipeline.Testing;

namespace Pipeline.Functions.Tests.Local;

public sealed class ReceiptBookTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder.Sub("host", "Convert.receipts.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_version_of_a_blob_is_remembered_over_a_restart_and_a_newer_one_is_not()
    {
        var book = new ReceiptBook(File, "1");
        book.Add("a", "etag-1", error: null);
        await book.SaveAsync(TestContext.Current.CancellationToken);

        var again = new ReceiptBook(File, "1");
        Assert.True(again.Has("a", "etag-1"));
        Assert.False(again.Has("a", "etag-2"));
        Assert.False(again.Has("b", "etag-1"));
    }

    [Fact]
    public async Task Another_stamp_forgets_everything()
    {
        var book = new ReceiptBook(File, "plain");
        book.Add("a", "etag-1", error: null);
        await book.SaveAsync(TestContext.Current.CancellationToken);
        Assert.False(new ReceiptBook(File, "markdown").Has("a", "etag-1"));
    }

    [Fact]
    public async Task A_damaged_book_is_an_empty_one()
    {
        var book = new ReceiptBook(File, "1");
        book.Add("a", "etag-1", error: null);
        await book.SaveAsync(TestContext.Current.CancellationToken);
        await System.IO.File.WriteAllTextAsync(File, "{\"stamp\":", TestContext.Current.CancellationToken);
        Assert.False(new ReceiptBook(File, "1").Has("a", "etag-1"));
    }

    [Fact]
    public void What_failed_every_try_is_listed_with_its_error()
    {
        var book = new ReceiptBook(File, "1");
        book.Add("good", "e", error: null);
        book.Add("bad", "e", "too odd");
        Assert.Equal([("bad", "too odd")], book.Poisoned);
        Assert.True(book.Has("bad", "e"));
    }
}
