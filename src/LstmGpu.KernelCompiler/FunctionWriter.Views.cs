using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    private void ViewDeclaration(ILocalSymbol local, IOperation? initial, IOperation where)
    {
        string name = unit.Unused(Names.Variable(local.Name) + "_view");
        if (initial is null)
        {
            Outside(Rules.AddressSpace, where);
            return;
        }

        EvaluationOrder.Check(initial, unit);
        if (Allocation(initial) is { } allocation)
        {
            views[local] = Allocate(allocation, unit.Unused(Names.Variable(local.Name) + "_data"));
            return;
        }

        ViewText view = View(initial);
        string type = unit.StoredNameOf(view.Element, where.Syntax);
        Line($"{Dialect.Qualifier(view.Space)}{type}* {name} = {Bare(view.Pointer)};");
        Line($"long {name}_length = {Bare(view.Length)};");
        views[local] = view with { Pointer = name, Length = name + "_length" };
    }

    private ViewText View(IOperation operation)
    {
        switch (operation)
        {
            case ILocalReferenceOperation local when views.TryGetValue(local.Local, out ViewText? view):
                return view;
            case IParameterReferenceOperation parameter when views.TryGetValue(parameter.Parameter, out ViewText? view):
                return view;
            case IConversionOperation { OperatorMethod: null, Conversion.IsIdentity: true } same:
                return View(same.Operand);
            case IInvocationOperation { Instance: { } instance } call when TypeText.IsView(instance.Type):
                return Derived(View(instance), call);
            case IInvocationOperation call when Allocation(call) is { } allocation && allocation.TargetMethod.Name == "GetDynamic":
                return Allocate(allocation, "");
            case IInvocationOperation call when Allocation(call) is not null:
                Outside(Rules.ArraySize, operation);
                break;
            default:
                Outside(Rules.AddressSpace, operation);
                break;
        }

        return new ViewText("0", "0", AddressSpace.Global, TypeText.Element(operation.Type!));
    }

    private ViewText Derived(ViewText view, IInvocationOperation call)
    {
        string[] values = [.. call.Arguments.Select(a => Value(a.Value))];
        switch (call.TargetMethod.Name)
        {
            case "SubView":
                string length = values.Length == 2 ? values[1] : $"({view.Length} - {values[0]})";
                return view with { Pointer = $"({view.Pointer} + {values[0]})", Length = length };
            case "Cast":
                ITypeSymbol element = call.TargetMethod.TypeArguments[0];
                string from = unit.StoredNameOf(view.Element, call.Syntax);
                string to = unit.StoredNameOf(element, call.Syntax);
                return new ViewText(
                    $"(({Dialect.Qualifier(view.Space)}{to}*){view.Pointer})",
                    $"({view.Length} * (long)sizeof({from}) / (long)sizeof({to}))",
                    view.Space,
                    element);
            default:
                Unknown(call);
                return view;
        }
    }

    private static IInvocationOperation? Allocation(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod: { Name: "Allocate" or "GetDynamic", ContainingType: { Name: "SharedMemory" or "LocalMemory" } owner } } call
        && TypeText.IsIlgpu(owner)
            ? call
            : null;

    private ViewText Allocate(IInvocationOperation call, string name)
    {
        ITypeSymbol element = call.TargetMethod.TypeArguments[0];
        string type = unit.StoredNameOf(element, call.Syntax);
        bool isShared = call.TargetMethod.ContainingType.Name == "SharedMemory";
        if (isShared && !isKernel)
        {
            Outside(Rules.SharedInHelper, call, method.Name);
        }

        if (call.TargetMethod.Name == "GetDynamic")
        {
            unit.Features.DynamicSharedMemory = true;
            return new ViewText($"(({Dialect.Qualifier(AddressSpace.Local)}{type}*)lgk_dynamic)", $"(long)(lgk_dynamic_bytes / (int)sizeof({type}))", AddressSpace.Local, element);
        }

        int count = Constant(call.Arguments[0].Value) as int? ?? 0;
        if (count <= 0)
        {
            Outside(Rules.ArraySize, call);
        }

        if (isShared)
        {
            hoisted.Append("    ").Append(Dialect.Shared(type, name, count)).Append('\n');
        }
        else
        {
            // The emulator hands out zeros, so a device must too.
            string zero = Vectors.Is(element) ? Zero(element, call.Syntax) : ZeroFields(element, call.Syntax);
            Line($"{type} {name}[{count}] __attribute__((aligned(16))) = {{ {zero} }};");
        }

        arrays.Add(name);
        return new ViewText(name, count + "L", isShared ? AddressSpace.Local : AddressSpace.Private, element);
    }

    private string Element(IPropertyReferenceOperation property)
    {
        ViewText view = View(property.Instance!);
        return $"{view.Pointer}[{Bare(Value(property.Arguments[0].Value))}]";
    }
}
