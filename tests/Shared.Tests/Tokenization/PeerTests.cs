namespace Pipeline.Shared.Tests.Tokenization;

[CollectionDefinition(Name)]
public sealed class PeerTests : ICollectionFixture<PeerTokenizers>
{
    public const string Name = "Peer tokenizers";
}
