using Pipeline.Quality;

namespace Pipeline.Shared.Tests.Quality;

public sealed class PrivateDataTests
{
    [Theory]
    [InlineData("write to ann.b+c@mail.weather.org today", 1)]
    [InlineData("jörg@köln.de", 1)]
    [InlineData("keeper@glass.example and a@example.com", 0)]
    [InlineData("5 @ 3.50 a piece, @home, a@b", 0)]
    public void E_mail_addresses_are_found(string text, int count) => Assert.Equal(count, PrivateData.Emails(text).Count);

    [Theory]
    [InlineData("call +44 20 7946 0958 now", 1)]
    [InlineData("+4930123456", 1)]
    [InlineData("(030) 123 45 67", 1)]
    [InlineData("555-123-4567", 1)]
    [InlineData("06 12 34 56 78", 1)]
    [InlineData("01234567890", 1)]
    [InlineData("on 2024-05-01 10:20:30 at 1013 millibar", 0)]
    [InlineData("01.05.2024, 1998-2004, 1 000 000 and 10.000.000", 0)]
    [InlineData("at 192.168.100.200", 0)]
    [InlineData("readings 1012 1013 14", 1)]
    [InlineData("a number 3.14159265358979", 0)]
    [InlineData("see https://a.example/2024-1234-5678", 0)]
    public void Telephone_numbers_are_found_and_dates_are_not(string text, int count) => Assert.Equal(count, PrivateData.PhoneNumbers(text).Count);

    [Fact]
    public void Keys_are_found_and_not_repeated()
    {
        // Put together here, so that nobody takes them for real ones that slipped in.
        string[] keys = ["AKIA" + "ABCDEFGHIJKLMNOP", "ghp_" + new string('a', 36), "-----BEGIN " + "RSA PRIVATE KEY-----", "xoxb-" + "1234567890-abc", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.x"];
        foreach (var key in keys)
        {
            var found = Assert.Single(PrivateData.Keys($"the key is {key}, keep it"));
            Assert.True(found.Length <= 7, found);
        }

        Assert.Empty(PrivateData.Keys("AKIA is a word, sk-1 too, and eyJust."));
    }
}
