using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    /// <summary>Locals of type Index1D, 2D and 3D: an int per axis under this name and _X, _Y, _Z.</summary>
    private readonly Dictionary<ISymbol, string> indices = new(SymbolEqualityComparer.Default);

    private void IndexDeclaration(ILocalSymbol local, IOperation? initial, IOperation where)
    {
        int axes = local.Type.Name[5] - '0';
        if (initial is null || Components(initial) is not { } components || components.Count != axes)
        {
            Unknown(where);
            return;
        }

        EvaluationOrder.Check(initial, unit);
        string name = Names.Variable(local.Name);
        for (int axis = 0; axis < axes; axis++)
        {
            Line($"int {name}_{"XYZ"[axis]} = {Bare(components[axis])};");
        }

        indices[local] = name;
    }

    private IReadOnlyList<string>? Components(IOperation index) => index switch
    {
        IPropertyReferenceOperation { Property: { ContainingType: { } owner } whole } when TypeText.IsIlgpu(owner) && Component(owner.Name, whole.Name, "X") is not null =>
            [.. "XYZ".Select(axis => Component(owner.Name, whole.Name, axis.ToString())!)],
        ILocalReferenceOperation local when indices.TryGetValue(local.Local, out string? name) => [.. "XYZ".Take(local.Type!.Name[5] - '0').Select(axis => $"{name}_{axis}")],
        IConversionOperation { Operand: { Type.SpecialType: SpecialType.System_Int32 } single } => [Value(single)],
        IConversionOperation conversion => Components(conversion.Operand),
        ITupleOperation tuple => [.. tuple.Elements.Select(Value)],
        IObjectCreationOperation { Initializer: null } made when TypeText.IsIndex(made.Type) => [.. made.Arguments.OrderBy(a => a.Parameter!.Ordinal).Select(a => Value(a.Value))],
        _ => null,
    };
}
